using ICSharpCode.SharpZipLib.GZip;
using MoELab.Recipes;
using ZstdSharp;

namespace MoELab.Data;

/// <summary>Files that gzip or zstd compressed, read as a stream of what they hold.</summary>
internal static class CompressedFile
{
    /// <summary>The name without the compression's extension; null when the file is not compressed.</summary>
    public static string? Inner(string path) =>
        Path.GetExtension(path).ToLowerInvariant() is ".gz" or ".zst" ? path[..^Path.GetExtension(path).Length] : null;

    /// <exception cref="RecipeException">The file cannot be opened.</exception>
    public static Stream Open(string path)
    {
        var file = Utf8Text.Open(path);
        Stream content = Path.GetExtension(path).Equals(".gz", StringComparison.OrdinalIgnoreCase)
            // Not the framework's: it takes a file that was cut for a whole one.
            ? new GZipInputStream(file)
            : new DecompressionStream(file, leaveOpen: false);
        return new DecompressedStream(content, path, file.Length);
    }
}
