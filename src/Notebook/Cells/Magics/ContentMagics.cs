namespace MoELab.Cells.Magics;

/// <summary>Cells that are content: HTML, Markdown, JavaScript, Mermaid.</summary>
internal static class ContentMagics
{
    public static IEnumerable<Magic> All =>
    [
        Of("html", "the lines below are HTML", body => CellData.Of("text/html", body)),
        Of("markdown", "the lines below are Markdown", body => CellData.Of("text/markdown", body)),
        Of("javascript", "the lines below run as JavaScript in the page", body => CellData.Html($"<script>\n{body}\n</script>", "JavaScript")),
        // Front ends that render Mermaid use the first or the second format; others show its source.
        Of("mermaid", "the lines below are a Mermaid diagram", body => new CellData(new Dictionary<string, object>
        {
            ["text/vnd.mermaid"] = body,
            ["text/markdown"] = $"```mermaid\n{body}\n```",
            ["text/plain"] = body,
        })),
    ];

    private static Magic Of(string name, string help, Func<string, CellData> shown) =>
        Magic.Of(name, help, cell => cell.Output.Display(shown(cell.Body)), takesBody: true);
}
