namespace MoELab.Cells.Magics;

/// <summary>Cells that are content: HTML, Markdown, JavaScript, Mermaid.</summary>
internal static class ContentMagics
{
    public static void AddTo(NotebookSession session)
    {
        session.Add(Magic.Of("html", "the lines below are HTML", c => c.Output.Display(CellData.Of("text/html", c.Body)), takesBody: true));
        session.Add(Magic.Of("markdown", "the lines below are Markdown", c => c.Output.Display(CellData.Of("text/markdown", c.Body)), takesBody: true));
        session.Add(Magic.Of("javascript", "the lines below run as JavaScript in the page", c => c.Output.Display(CellData.Html($"<script>\n{c.Body}\n</script>", "JavaScript")), takesBody: true));
        // Front ends that render Mermaid use the first or the second format; others show its source.
        session.Add(Magic.Of("mermaid", "the lines below are a Mermaid diagram", c => c.Output.Display(new CellData(new Dictionary<string, object>
        {
            ["text/vnd.mermaid"] = c.Body,
            ["text/markdown"] = $"```mermaid\n{c.Body}\n```",
            ["text/plain"] = c.Body,
        })), takesBody: true));
    }
}
