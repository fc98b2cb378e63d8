using global::Parquet;
using MoELab.Data;
using MoELab.Recipes;

namespace MoELab.Plugins.Parquet;

/// <summary>Parquet files: each row is a document, its text in the string column <c>text</c>; null rows are skipped.</summary>
[Plugin("parquet", "Parquet with a text column")]
public sealed class ParquetCorpusReader : ICorpusReader
{
    /// <inheritdoc/>
    public IReadOnlyCollection<string> Extensions { get; } = [".parquet"];

    /// <inheritdoc/>
    public IEnumerable<string> Read(string path)
    {
        var groups = Open(path, reader => reader.RowGroupCount);
        for (var g = 0; g < groups; g++)
        {
            var group = g;
            foreach (var text in Open(path, reader => Column(reader, path, group)))
            {
                if (text is not null)
                    yield return text;
            }
        }
    }

    // One row group at a time in memory; the file is opened anew for each, so that an enumeration left early holds nothing.
    private static T Open<T>(string path, Func<ParquetReader, T> use) => Task.Run(async () =>
    {
        try
        {
            await using var file = File.OpenRead(path);
            await using var reader = await ParquetReader.CreateAsync(file);
            return use(reader);
        }
        catch (Exception e) when (e is not RecipeException)
        {
            throw new RecipeException($"{path}: cannot be read as Parquet ({e.Message.Split('\n')[0].TrimEnd('.', '\r')}); expected a Parquet file with a string column 'text'", e);
        }
    }).GetAwaiter().GetResult();

    private static string?[] Column(ParquetReader reader, string path, int group)
    {
        var field = reader.Schema.GetDataFields().FirstOrDefault(f => f.Name == "text" && f.ClrType == typeof(ReadOnlyMemory<char>))
            ?? throw new RecipeException($"{path}: no string column 'text'; expected one beside {string.Join(", ", reader.Schema.GetDataFields().Select(f => f.Name))}");
        using var rows = reader.OpenRowGroupReader(group);
        var texts = new string?[rows.RowCount];
        rows.ReadAsync(field, texts.AsMemory()).AsTask().GetAwaiter().GetResult();
        return texts;
    }
}
