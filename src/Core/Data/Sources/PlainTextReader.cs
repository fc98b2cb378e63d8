namespace MoELab.Data.Sources;

/// <summary>Plain text: a file is a document, of at most 1 GiB.</summary>
[Plugin("text", "plain UTF-8 text, one document per file")]
public sealed class PlainTextReader : ICorpusReader
{
    /// <inheritdoc/>
    public IReadOnlyCollection<string> Extensions { get; } = [".txt", ".md", ".text"];

    /// <inheritdoc/>
    public IEnumerable<string> Read(string path) => [Utf8Text.Read(path)];

    /// <inheritdoc/>
    public IEnumerable<string> Read(Stream content, string path) => [Utf8Text.Read(content, path)];
}
