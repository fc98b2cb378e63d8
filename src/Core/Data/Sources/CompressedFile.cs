using ICSharpCode.SharpZipLib.GZip;
using ZstdSharp;

namespace MoELab.Data.Sources;

/// <summary>Files compressed by gzip or zstd, read as a stream of their content.</summary>
internal static class CompressedFile
{
    /// <summary>The name without the compression's extension; null if the file is not compressed.</summary>
    public static string? Inner(string path) =>
        Path.GetExtension(path).ToLowerInvariant() is ".gz" or ".zst" ? Path.ChangeExtension(path, null) : null;

    /// <exception cref="InputException">The file cannot be opened.</exception>
    public static Stream Open(string path)
    {
        var file = Utf8Text.Open(path);
        Stream content = Path.GetExtension(path).Equals(".gz", StringComparison.OrdinalIgnoreCase)
            // Not the framework's decoder, which accepts a truncated file.
            ? new GZipInputStream(file)
            : new DecompressionStream(file, leaveOpen: false);
        return new DecompressedStream(content, path, file.Length);
    }
}
