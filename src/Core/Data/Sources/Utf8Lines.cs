namespace MoELab.Data.Sources;

/// <summary>Lines of UTF-8 text from a stream, one in memory at a time.</summary>
internal static class Utf8Lines
{
    /// <summary>Maximum length of a line in bytes.</summary>
    public const int MaxLineBytes = 1 << 26;

    /// <summary>Each line without its line end; the buffer is overwritten by the next line.</summary>
    /// <exception cref="InputException">A line is too long, or the content is binary, not UTF-8 or cannot be read.</exception>
    public static IEnumerable<ReadOnlyMemory<byte>> Read(Stream content, string path)
    {
        var buffer = new byte[1 << 16];
        var (start, searched, end, offset, number) = (0, 0, 0, 0L, 1L);
        while (true)
        {
            var at = Array.IndexOf(buffer, (byte)'\n', searched, end - searched);
            if (at >= 0)
            {
                yield return Line(buffer, start, at, offset, path, number++);
                start = searched = at + 1;
                continue;
            }
            if (end - start > MaxLineBytes)
                throw new InputException($"{path}: line {number} is longer than {MaxLineBytes:N0} bytes; expected one JSON object per line");
            (offset, end) = (offset + start, end - start);
            Buffer.BlockCopy(buffer, start, buffer, 0, end);
            (start, searched) = (0, end);
            if (end == buffer.Length)
                Array.Resize(ref buffer, buffer.Length * 2);
            var read = Utf8Text.Read(content, path, buffer.AsSpan(end));
            end += read;
            if (read > 0)
                continue;
            if (end > 0)
                yield return Line(buffer, 0, end, offset, path, number);
            yield break;
        }
    }

    private static ReadOnlyMemory<byte> Line(byte[] buffer, int start, int end, long offset, string path, long number)
    {
        var line = buffer.AsMemory(start, end - start);
        Utf8Text.Check(path, line.Span, offset + start);
        return number == 1 ? line[Utf8Text.Start(line.Span)..] : line;
    }
}
