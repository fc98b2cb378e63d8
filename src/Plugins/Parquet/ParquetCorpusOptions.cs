namespace MoELab.Plugins.Parquet;

/// <summary>Options of <see cref="ParquetCorpusReader"/>.</summary>
public sealed record ParquetCorpusOptions
{
    [Required, Description("the document's column by its full path: text, or meta.text for a field of a struct")]
    public string Field { get; init; } = "text";
}
