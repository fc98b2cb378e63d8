using global::Parquet;
using global::Parquet.Schema;

namespace MoELab.Plugins.Parquet;

/// <summary>
/// Parquet files: each row is a document, its text in the string column <c>text</c>, or in another one by its full path; null rows are
/// skipped. The claims of a footer are checked before they are used, and reading a row group has a time limit.
/// </summary>
[Plugin("parquet", "Parquet with a text column")]
public sealed class ParquetCorpusReader : ICorpusReader
{
    private readonly string _field;

    /// <summary>A reader of one column of strings.</summary>
    public ParquetCorpusReader(ParquetCorpusOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _field = options.Field;
    }

    public IReadOnlyCollection<string> Extensions { get; } = [".parquet"];

    public IEnumerable<string?> Read(string path)
    {
        var groups = Open(path, reader => reader.RowGroupCount);
        for (var g = 0; g < groups; g++)
        {
            var group = g;
            foreach (var text in Open(path, reader => Column(reader, path, group)))
                yield return text;
        }
    }

    // Only one row group is in memory at a time; the file is opened again for each, so that an abandoned enumeration holds nothing.
    private T Open<T>(string path, Func<ParquetReader, T> use)
    {
        try
        {
            using var file = new WatchedFile(path);
            ParquetFooter.Check(file, path);
            return TimeLimit.Run(file, path, async () =>
            {
                await using var reader = await ParquetReader.CreateAsync(file, leaveStreamOpen: true);
                ParquetFooter.Check(reader.Metadata, file.Length, path);
                return use(reader);
            });
        }
        catch (Exception e) when (e is not InputException)
        {
            throw new InputException($"{path}: cannot be read as Parquet ({e.Message.Split('\n')[0].TrimEnd('.', '\r')}); "
                + $"expected a Parquet file with a string column '{_field}'", e);
        }
    }

    private string?[] Column(ParquetReader reader, string path, int group)
    {
        var fields = reader.Schema.GetDataFields();
        var field = fields.FirstOrDefault(f => Name(f) == _field)
            ?? throw new InputException($"{path}: no column '{_field}'; expected a string column of this path in addition to "
                + $"{string.Join(", ", fields.Take(20).Select(Name))}{(fields.Length > 20 ? ", ..." : "")}");
        if (field.ClrType != typeof(ReadOnlyMemory<char>))
            throw new InputException($"{path}: column '{_field}' contains {field.ClrType.Name}; expected strings");
        if (field.IsArray || field.MaxRepetitionLevel > 0)
            throw new InputException($"{path}: column '{_field}' contains lists; expected one string per row");
        using var rows = reader.OpenRowGroupReader(group);
        var texts = new string?[rows.RowCount];
        rows.ReadAsync(field, texts.AsMemory()).AsTask().GetAwaiter().GetResult();
        return texts;
    }

    private static string Name(DataField field) => string.Join('.', field.Path.ToList());
}
