namespace MoELab.Cells;

/// <summary>One output in every form that it has; a front end shows the richest that it can.</summary>
/// <param name="Forms">MIME type to content: text, or a <see cref="System.Text.Json.Nodes.JsonNode"/> for JSON types, or base64 for
/// <c>image/png</c>.</param>
public sealed record CellData(IReadOnlyDictionary<string, object> Forms)
{
    /// <summary>One form and a plain text beside it.</summary>
    public static CellData Of(string mimeType, string content, string? plain = null) =>
        new(new Dictionary<string, object> { [mimeType] = content, ["text/plain"] = plain ?? content });

    /// <summary>HTML, with a plain text for viewers without it.</summary>
    public static CellData Html(string html, string plain) => Of("text/html", html, plain);

    /// <summary>The plain text, or nothing.</summary>
    public string Plain => Forms.TryGetValue("text/plain", out var text) ? text.ToString() ?? "" : "";
}
