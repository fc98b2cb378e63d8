using System.Text;
using MoELab.Plugins;

namespace MoELab.Data;

/// <summary>Plain text: a file is a document, of at most 1 GiB.</summary>
[Plugin("text", "plain UTF-8 text, one document per file")]
public sealed class PlainTextReader : ICorpusReader
{
    /// <inheritdoc/>
    public IReadOnlyCollection<string> Extensions { get; } = [".txt", ".md", ".text"];

    /// <inheritdoc/>
    public IEnumerable<string> Read(string path)
    {
        using var file = Utf8Text.Open(path);
        return Read(file, path);
    }

    /// <inheritdoc/>
    public IEnumerable<string> Read(Stream content, string path)
    {
        var bytes = Utf8Text.ReadAll(content, path);
        Utf8Text.Check(path, bytes, 0);
        return [Encoding.UTF8.GetString(bytes[Utf8Text.Start(bytes)..])];
    }
}
