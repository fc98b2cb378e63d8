using System.Text;
using System.Text.Unicode;
using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>Reads a file's bytes as UTF-8, strictly.</summary>
internal static class Utf8Text
{
    /// <exception cref="RecipeException">The file is missing, too large, binary, or not UTF-8; the message names file and byte.</exception>
    public static byte[] ReadBytes(string path)
    {
        byte[] bytes;
        try
        {
            bytes = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{path}: cannot be read ({e.Message.TrimEnd('.')}); expected a text file below 2 GB", e);
        }
        Check(path, bytes);
        return bytes;
    }

    public static string Read(string path)
    {
        var bytes = ReadBytes(path);
        return Encoding.UTF8.GetString(bytes.AsSpan(Start(bytes)));
    }

    /// <summary>Where the text starts: after a byte order mark.</summary>
    public static int Start(ReadOnlySpan<byte> bytes) => bytes.StartsWith(Encoding.UTF8.Preamble) ? 3 : 0;

    private static void Check(string path, ReadOnlySpan<byte> bytes)
    {
        if (bytes.IndexOf((byte)0) is >= 0 and var zero)
            throw new RecipeException($"{path}: byte {zero} is zero, so the file is binary; expected UTF-8 text");
        if (Utf8.IsValid(bytes))
            return;
        for (var at = 0; at < bytes.Length;)
        {
            if (Rune.DecodeFromUtf8(bytes[at..], out _, out var length) != System.Buffers.OperationStatus.Done)
                throw new RecipeException($"{path}: byte {at} (0x{bytes[at]:x2}) is not UTF-8; expected UTF-8 text");
            at += length;
        }
    }
}
