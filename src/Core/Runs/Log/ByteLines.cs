namespace MoELab.Runs.Log;

/// <summary>A file's lines as bytes, read on from where the last reading ended: a checksum must see the bytes, not decoded text.</summary>
/// <param name="path">The file; it may appear later.</param>
internal sealed class ByteLines(string path)
{
    /// <summary>Bytes that a line may have.</summary>
    public const int MostBytes = 64 << 20;

    private const int Part = 1 << 16, MarkBytes = 64;
    private byte[] _mark = [];
    private long _offset;
    private int _before;
    private bool _isTaken;

    /// <summary>Every line of a file as it is now, without its end, and whether it has one.</summary>
    public static IEnumerable<(ReadOnlyMemory<byte> Line, bool Whole)> Read(string path) => new ByteLines(path).Read(() => { });

    /// <summary>
    /// Every new line without its end, and whether it has one. Only the last can lack it, and comes again at the next reading unless
    /// <see cref="TakeRest"/> is called. A line's bytes hold until the next line is asked for. An absent file has no lines.
    /// </summary>
    /// <param name="restarted">Called first if the file is no longer the one that was read (a resumed run cut it): it is read from its start.</param>
    /// <exception cref="InputException">A line is longer than <see cref="MostBytes"/>.</exception>
    public IEnumerable<(ReadOnlyMemory<byte> Line, bool Whole)> Read(Action restarted)
    {
        if (!File.Exists(path))
            yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        if (!Continues(file))
        {
            Restart();
            restarted();
        }
        file.Position = _offset;
        var buffer = new byte[Math.Clamp(file.Length - _offset + 1, 1, Part)];
        var (held, number) = (0, _before);
        while (true)
        {
            var read = file.Read(buffer, held, buffer.Length - held);
            var (start, end) = (0, held + read);
            for (int at; (at = buffer.AsSpan(start, end - start).IndexOf((byte)'\n')) >= 0; start += at + 1, number++)
                yield return (buffer.AsMemory(start, at), true);
            Pass(buffer.AsSpan(0, start), number);
            held = end - start;
            if (read == 0)
                break;
            if (held > MostBytes)
                throw new InputException($"{path}: row {number + 1} is longer than {MostBytes >> 20} MiB; expected one JSON object per row");
            var next = held * 2 > buffer.Length ? new byte[buffer.Length * 2] : buffer;
            buffer.AsSpan(start, held).CopyTo(next);
            buffer = next;
        }
        if (held == 0)
            yield break;
        _isTaken = false;
        yield return (buffer.AsMemory(0, held), false);
        if (_isTaken)
            Pass(buffer.AsSpan(0, held), number);
    }

    /// <summary>Takes the line without an end that was handed over last: the next reading begins behind it.</summary>
    public void TakeRest() => _isTaken = true;

    public void Restart() => (_offset, _before, _mark) = (0, 0, []);

    private void Pass(ReadOnlySpan<byte> bytes, int number)
    {
        if (bytes.Length == 0)
            return;
        _mark = bytes.Length >= MarkBytes ? bytes[^MarkBytes..].ToArray()
            : [.. _mark.AsSpan(Math.Max(0, _mark.Length + bytes.Length - MarkBytes)), .. bytes];
        (_offset, _before) = (_offset + bytes.Length, number);
    }

    // The bytes before the place where reading ended are still those that were read.
    private bool Continues(FileStream file)
    {
        if (file.Length < _offset)
            return false;
        var there = new byte[_mark.Length];
        file.Position = _offset - _mark.Length;
        return file.ReadAtLeast(there, there.Length, throwOnEndOfStream: false) == there.Length && there.AsSpan().SequenceEqual(_mark);
    }
}
