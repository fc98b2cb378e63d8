namespace MoELab.Recipes.Input;

/// <summary>Files that somebody else wrote, read up to a limit: an endless device or a wrong file must not take all memory.</summary>
internal static class InputFile
{
    /// <summary>Reads a file, or a pipe, of at most <paramref name="most"/> bytes as UTF-8.</summary>
    /// <exception cref="InputException">No such file, it cannot be read, is not UTF-8, or has more bytes.</exception>
    public static string ReadText(string path, long most, string expected)
    {
        using var reader = new StreamReader(new MemoryStream(ReadBytes(path, most, expected)), new UTF8Encoding(false, throwOnInvalidBytes: true));
        try
        {
            return reader.ReadToEnd();
        }
        catch (DecoderFallbackException e)
        {
            throw new InputException($"{path}: bytes that are not UTF-8; expected {expected}", e);
        }
    }

    /// <inheritdoc cref="ReadText"/>
    public static byte[] ReadBytes(string path, long most, string expected)
    {
        if (Directory.Exists(path))
            throw new InputException($"{path}: is a folder; expected {expected}");
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file; expected {expected}");
        try
        {
            using var file = File.OpenRead(path);
            using var bytes = new MemoryStream();
            var chunk = new byte[64 << 10];
            for (int count; (count = file.Read(chunk)) > 0;)
            {
                if (bytes.Length + count > most)
                    throw new InputException($"{path}: more than {(most >= 1 << 20 ? $"{most >> 20} MiB" : $"{most >> 10} KiB")}; "
                        + $"expected {expected} of at most that size");
                bytes.Write(chunk, 0, count);
            }
            return bytes.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path}: cannot be read ({e.Message.TrimEnd('.')}); expected {expected}", e);
        }
    }

    /// <summary>The first bytes of a text, for showing.</summary>
    public static string ReadStart(string path, int most)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[most];
        var read = file.ReadAtLeast(bytes, most, throwOnEndOfStream: false);
        using var reader = new StreamReader(new MemoryStream(bytes, 0, read, writable: false), Encoding.UTF8);
        return reader.ReadToEnd();
    }
}
