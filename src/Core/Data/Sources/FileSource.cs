using System.Security.Cryptography;
using MoELab.Plugins;

namespace MoELab.Data.Sources;

/// <summary>
/// A user's own files: one path, a folder, or a glob; each file is read by the reader of its extension, also before <c>.gz</c> or <c>.zst</c>,
/// others as plain text. <c>#field</c> at the end names the field of rows.
/// </summary>
internal sealed class FileSource : CorpusSource
{
    private readonly SourceFiles _files;
    private readonly CorpusReaders _readers;
    private readonly string? _field;
    private long _nulls;

    /// <exception cref="InputException">No file matches.</exception>
    public FileSource(string name, string pattern, PluginCatalog catalog)
    {
        Name = name;
        Source = pattern;
        var hash = pattern.LastIndexOf('#');
        if (hash > 0 && hash < pattern.Length - 1 && !File.Exists(pattern) && !Directory.Exists(pattern))
            (pattern, _field) = (pattern[..hash], pattern[(hash + 1)..]);
        _readers = new CorpusReaders(catalog, _field, $"data.sources.{name}");
        _files = SourceFiles.Find(pattern, _readers);
        if (_files.Files.Count > 0)
            return;
        throw _files.Note() is { } note
            ? new InputException($"data.sources.{name}: '{pattern}' contains no file that a reader supports; {note.TrimEnd('.')}")
            : new InputException($"data.sources.{name}: '{pattern}' matches no file; expected a path, a folder or a glob such as texts/**/*.txt");
    }

    public override string Name { get; }

    public override string Source { get; }

    public override string Licence => "";

    public override string Identity
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var file in _files.Files)
            {
                var info = new FileInfo(file);
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture,
                    $"{info.FullName}\n{info.Length}\n{info.LastWriteTimeUtc.Ticks}\n")));
            }
            foreach (var file in _files.LeftOut)
                hash.AppendData(Encoding.UTF8.GetBytes(file + '\n'));
            return $"files/{Name}/{_field}/{Convert.ToHexStringLower(hash.GetHashAndReset())}";
        }
    }

    public override IReadOnlyList<string> Notes =>
    [
        .. _files.Note() is { } note ? [note] : Array.Empty<string>(),
        .. _nulls > 0 ? [$"{_nulls} {(_nulls == 1 ? "row" : "rows")} whose text is null {(_nulls == 1 ? "was" : "were")} skipped."]
            : Array.Empty<string>(),
    ];

    public override IEnumerable<SourceDocument> Read()
    {
        _nulls = 0;
        foreach (var document in _files.Files.SelectMany(_readers.Read))
        {
            if (document is null)
                _nulls++;
            else
                yield return document;
        }
    }
}
