using System.Text.Json.Nodes;

namespace MoELab.Documents;

/// <summary>What a cell holds.</summary>
internal enum CellKind
{
    /// <summary>Code of some language.</summary>
    Code,

    /// <summary>Text in Markdown.</summary>
    Markdown,

    /// <summary>Text for a converter.</summary>
    Raw,
}

/// <summary>A cell of a notebook's file.</summary>
/// <param name="kind">What it holds.</param>
/// <param name="source">Its text with <c>\n</c> ends; code of another language than the notebook's begins with that language's magic.</param>
internal sealed class NotebookCell(CellKind kind, string source)
{
    public CellKind Kind { get; } = kind;

    public string Source { get; set; } = source;

    /// <summary>Everything that the file says about the cell, known here or not.</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>The id in the file; null before one is given.</summary>
    public string? Id { get; set; }

    /// <summary>The number that the cell ran as; null where it has not.</summary>
    public int? ExecutionCount { get; set; }

    /// <summary>Outputs as nbformat has them.</summary>
    public JsonArray Outputs { get; set; } = [];

    /// <summary>Pictures that Markdown refers to as <c>attachment:NAME</c>; null where there are none.</summary>
    public JsonObject? Attachments { get; init; }

    /// <summary>Whether the cell has a tag.</summary>
    public bool HasTag(string tag) =>
        Metadata["tags"] is JsonArray tags && tags.Any(t => t is JsonValue value && value.TryGetValue<string>(out var text) && text == tag);
}
