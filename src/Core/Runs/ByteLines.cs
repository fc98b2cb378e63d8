using MoELab.Recipes;

namespace MoELab.Runs;

/// <summary>A file of lines as bytes: a checksum must see what is there, not what a decoder makes of it.</summary>
internal static class ByteLines
{
    /// <summary>Bytes that a line may have.</summary>
    public const int MostBytes = 64 << 20;

    /// <summary>Every line without its end, and whether it has one; only the last can lack it. An absent file has none.</summary>
    /// <exception cref="RecipeException">A line is longer than <see cref="MostBytes"/>.</exception>
    public static IEnumerable<(ReadOnlyMemory<byte> Line, bool Whole)> Read(string path)
    {
        if (!File.Exists(path))
            yield break;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        var buffer = new byte[1 << 16];
        var (held, number) = (0, 1);
        while (true)
        {
            var read = file.Read(buffer, held, buffer.Length - held);
            var (start, end) = (0, held + read);
            for (int at; (at = buffer.AsSpan(start, end - start).IndexOf((byte)'\n')) >= 0; start += at + 1, number++)
                yield return (buffer.AsMemory(start, at).ToArray(), true);
            held = end - start;
            if (read == 0)
                break;
            if (held > MostBytes)
                throw new RecipeException($"{path}: row {number} is longer than {MostBytes >> 20} MiB; expected one JSON object per row");
            var next = held * 2 > buffer.Length ? new byte[buffer.Length * 2] : buffer;
            buffer.AsSpan(start, held).CopyTo(next);
            buffer = next;
        }
        if (held > 0)
            yield return (buffer.AsMemory(0, held).ToArray(), false);
    }
}
