namespace MoELab.Cells;

/// <summary>One output in all its formats; a front end shows the richest that it supports.</summary>
/// <param name="Forms">MIME type to content: text, or a <see cref="JsonNode"/> for JSON types, or base64 for <c>image/png</c>.</param>
public sealed record CellData(IReadOnlyDictionary<string, object> Forms)
{
    /// <summary>One format, together with plain text.</summary>
    public static CellData Of(string mimeType, string content, string? plain = null) =>
        new(new Dictionary<string, object> { [mimeType] = content, ["text/plain"] = plain ?? content });

    /// <summary>HTML, with plain text for front ends without HTML.</summary>
    public static CellData Html(string html, string plain) => Of("text/html", html, plain);

    /// <summary>The plain text, or an empty string.</summary>
    public string Plain => Forms.TryGetValue("text/plain", out var text) ? text.ToString() ?? "" : "";
}
