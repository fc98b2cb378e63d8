using MoELab.Plugins;

namespace MoELab.Data.Sources;

/// <summary>The readers of a catalog by file extension; handles a file's compression and field.</summary>
internal sealed class CorpusReaders
{
    private const int MaxCharacters = 1 << 16;
    private const int Piece = 1 << 14;
    private readonly Dictionary<string, ICorpusReader> _readers = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="catalog">Supplies the readers.</param>
    /// <param name="field">The field that a recipe names, or null for the reader's own.</param>
    /// <param name="path">The recipe's key, for messages.</param>
    public CorpusReaders(PluginCatalog catalog, string? field, string path)
    {
        foreach (var plugin in catalog.All.Where(p => p.Kind == PluginKind.CorpusReader))
        {
            var takesField = field is not null && plugin.OptionsType?.GetProperty("Field")?.PropertyType == typeof(string);
            var choice = takesField ? new PluginChoice(plugin.Name, new JsonObject { ["field"] = field }) : new PluginChoice(plugin.Name);
            var reader = catalog.Create<ICorpusReader>(choice, path);
            foreach (var extension in reader.Extensions)
                _readers[extension] = reader;
        }
    }

    /// <summary>Whether a reader supports the file's extension, before that of its compression.</summary>
    public bool Supports(string file) => _readers.ContainsKey(Path.GetExtension(CompressedFile.Inner(file) ?? file));

    /// <summary>The file's documents; null for a row without text. A file with an extension that no reader supports is read as plain text.</summary>
    public IEnumerable<SourceDocument?> Read(string file)
    {
        var inner = CompressedFile.Inner(file);
        var reader = _readers.GetValueOrDefault(Path.GetExtension(inner ?? file)) ?? new PlainTextReader();
        using var content = inner is null ? null : CompressedFile.Open(file);
        foreach (var text in content is null ? reader.Read(file) : reader.Read(content, file))
        {
            // A text file is one document, however long; rows keep their length.
            yield return text is null ? null
                : reader is PlainTextReader ? SourceDocument.Cut(text, MaxCharacters, Piece) : new SourceDocument([text]);
        }
    }
}
