namespace MoELab.Documents;

internal enum CellKind { Code, Markdown, Raw }

/// <summary>A cell of a notebook's file.</summary>
/// <param name="kind">The kind of the cell.</param>
/// <param name="source">Its text with <c>\n</c> line ends; code in a language other than the notebook's starts with that language's magic.</param>
internal sealed class NotebookCell(CellKind kind, string source)
{
    public CellKind Kind { get; } = kind;
    public string Source { get; set; } = source;

    /// <summary>All metadata of the cell in the file, including unknown keys.</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>The id in the file; null if it has none yet.</summary>
    public string? Id { get; set; }

    public int? ExecutionCount { get; set; }
    public JsonArray Outputs { get; set; } = [];

    /// <summary>Pictures that Markdown refers to as <c>attachment:NAME</c>; null if there are none.</summary>
    public JsonObject? Attachments { get; init; }

    public bool HasTag(string tag) =>
        Metadata["tags"] is JsonArray tags && tags.Any(t => t is JsonValue value && value.TryGetValue<string>(out var text) && text == tag);
}
