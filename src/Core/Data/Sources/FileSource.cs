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
    public FileSource(string name, string pattern, PluginCatalog catalog) : base(name, pattern, "")
    {
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

    public override string Identity
    {
        get
        {
            var files = _files.Files.Select(f => new FileInfo(f))
                .Select(f => FormattableString.Invariant($"{f.FullName}\n{f.Length}\n{f.LastWriteTimeUtc.Ticks}\n"));
            var all = string.Concat(files.Concat(_files.LeftOut.Select(f => f + '\n')));
            return $"files/{Name}/{_field}/{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(all)))}";
        }
    }

    public override IReadOnlyList<string> Notes =>
    [
        .. new[]
        {
            _files.Note(),
            _nulls switch { 0 => null, 1 => "1 row whose text is null was skipped.", _ => $"{_nulls} rows whose text is null were skipped." },
        }.OfType<string>(),
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
