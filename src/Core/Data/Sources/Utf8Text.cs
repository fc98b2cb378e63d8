using System.Text.Unicode;

namespace MoELab.Data.Sources;

/// <summary>Reads bytes as UTF-8, strictly.</summary>
internal static class Utf8Text
{
    /// <summary>Maximum size of one document in bytes, limited by the length of a .NET string.</summary>
    public const int MaxBytes = 1 << 30;

    /// <exception cref="InputException">The file is missing or cannot be opened.</exception>
    public static FileStream Open(string path)
    {
        try
        {
            return new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.SequentialScan);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>A file as text.</summary>
    /// <exception cref="InputException">The file is missing, too long, binary or not UTF-8.</exception>
    public static string Read(string path)
    {
        using var file = Open(path);
        return Read(file, path);
    }

    /// <summary>Reads a stream to its end as text.</summary>
    /// <exception cref="InputException">The text is too long, binary or not UTF-8, or cannot be read.</exception>
    public static string Read(Stream content, string path)
    {
        var bytes = new byte[1 << 16];
        var count = 0;
        for (int read; (read = Read(content, path, bytes.AsSpan(count))) > 0;)
        {
            count += read;
            if (count > MaxBytes)
                throw new InputException($"{path}: the text is longer than {MaxBytes:N0} bytes; "
                    + "expected a smaller text, or JSONL for many documents");
            if (count == bytes.Length)
                Array.Resize(ref bytes, (int)Math.Min(bytes.Length * 2L, MaxBytes + 1L));
        }
        var text = bytes.AsSpan(0, count);
        Check(path, text, 0);
        return Encoding.UTF8.GetString(text[Start(text)..]);
    }

    /// <exception cref="InputException">The rest of the file cannot be read.</exception>
    public static int Read(Stream content, string path, Span<byte> into)
    {
        try
        {
            return content.Read(into);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw Unreadable(path, e);
        }
    }

    /// <summary>The start of the text, after a byte order mark.</summary>
    public static int Start(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Encoding.UTF8.Preamble) ? 3 : 0;

    /// <summary>Checks a part of a text that starts at <paramref name="offset"/>.</summary>
    /// <exception cref="InputException">The text is binary or not UTF-8; the message names file and byte.</exception>
    public static void Check(string path, ReadOnlySpan<byte> bytes, long offset)
    {
        if (bytes.IndexOf((byte)0) is >= 0 and var zero)
            throw new InputException($"{path}: byte {offset + zero} is zero, so the file is binary; expected UTF-8 text");
        if (Utf8.IsValid(bytes))
            return;
        for (var at = 0; at < bytes.Length;)
        {
            if (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) != System.Buffers.OperationStatus.Done)
                throw new InputException($"{path}: byte {offset + at} (0x{bytes[at]:x2}) is not UTF-8; expected UTF-8 text");
            at += length;
        }
    }

    private static InputException Unreadable(string path, Exception e) =>
        new($"{path}: cannot be read ({e.Message.TrimEnd('.')}); expected a text file", e);
}
