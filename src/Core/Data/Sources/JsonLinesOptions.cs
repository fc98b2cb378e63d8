using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Data.Sources;

/// <summary>Options of <see cref="JsonLinesReader"/>.</summary>
public sealed record JsonLinesOptions
{
    /// <summary>The document's field by its path: <c>text</c>, or <c>meta.text</c> for a field of an object.</summary>
    [Required, Description("the document's field: text, or meta.text for a field of an object")]
    public string Field { get; init; } = "text";
}
