using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;

namespace MoELab.Data;

/// <summary>
/// Documents of one domain and split as token ids in a memory-mapped file: each document is its separator followed by its tokens, a
/// final separator ends the file. So the target of position i is always token i + 1.
/// </summary>
internal sealed unsafe class TokenFile : IDisposable
{
    private readonly MemoryMappedFile _map;
    private readonly MemoryMappedViewAccessor _view;
    private readonly bool _wide;
    private byte* _tokens;

    private TokenFile(string path, long[] starts, bool wide)
    {
        Starts = starts;
        _wide = wide;
        _map = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        _view = _map.CreateViewAccessor(0, 0, MemoryMappedFileAccess.Read);
        _view.SafeMemoryMappedViewHandle.AcquirePointer(ref _tokens);
    }

    /// <summary>Offset of each document's separator, plus one entry for the end.</summary>
    public long[] Starts { get; }

    public int Documents => Starts.Length - 1;

    /// <summary>Number of tokens, including separators except the last one.</summary>
    public long Tokens => Starts[^1];

    /// <summary>Tokens of one document, including its separator.</summary>
    public int Length(int document) => checked((int)(Starts[document + 1] - Starts[document]));

    /// <summary>Copies token ids from <paramref name="position"/> on; the targets are one position later.</summary>
    public void Read(long position, Span<int> into)
    {
        ObjectDisposedException.ThrowIf(_tokens is null, this);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(position + into.Length, Tokens + 1);
        if (_wide)
        {
            new ReadOnlySpan<int>(_tokens + (position * 4), into.Length).CopyTo(into);
            return;
        }
        var narrow = (ushort*)_tokens + position;
        for (var i = 0; i < into.Length; i++)
            into[i] = narrow[i];
    }

    public static void Write(string path, IReadOnlyList<int[]> documents, int separator, bool wide)
    {
        var starts = new long[documents.Count + 1];
        using (var file = new BufferedStream(File.Create(path), 1 << 20))
        {
            for (var d = 0; d < documents.Count; d++)
            {
                starts[d + 1] = starts[d] + documents[d].Length + 1;
                Put(file, [separator], wide);
                Put(file, documents[d], wide);
            }
            Put(file, [separator], wide);
        }
        File.WriteAllBytes(path + ".index", MemoryMarshal.AsBytes(starts.AsSpan()));
    }

    /// <exception cref="InputException">The files do not match each other.</exception>
    public static TokenFile Open(string path, bool wide)
    {
        var starts = MemoryMarshal.Cast<byte, long>(File.ReadAllBytes(path + ".index")).ToArray();
        if (starts.Length == 0 || starts[0] != 0 || !Rising(starts) || new FileInfo(path).Length != (starts[^1] + 1) * (wide ? 4 : 2))
            throw new InputException($"{path}: the prepared tokens do not match their index; expected an unmodified cache");
        return new TokenFile(path, starts, wide);
    }

    // A damaged index must not send a read outside the mapped file.
    private static bool Rising(long[] starts) => starts[^1] < long.MaxValue / 8
        && starts.Zip(starts.Skip(1)).All(s => s.First < s.Second && s.Second - s.First <= int.MaxValue);

    private static void Put(Stream file, int[] tokens, bool wide) => file.Write(wide
        ? MemoryMarshal.AsBytes(tokens.AsSpan())
        : MemoryMarshal.AsBytes(Array.ConvertAll(tokens, t => checked((ushort)t)).AsSpan()));

    public void Dispose()
    {
        if (_tokens is null)
            return;
        _tokens = null;
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }
}
