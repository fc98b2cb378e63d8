namespace MoELab.Plugins.Parquet;

/// <summary>Options of <see cref="ParquetCorpusReader"/>.</summary>
public sealed record ParquetCorpusOptions
{
    /// <summary>The document's column by its full path: <c>text</c>, or <c>meta.text</c> for a field of a struct.</summary>
    [Required, Description("the document's column by its full path: text, or meta.text for a field of a struct")]
    public string Field { get; init; } = "text";
}
