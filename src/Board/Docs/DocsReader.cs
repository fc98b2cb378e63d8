using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace MoELab.Board.Docs;

/// <summary>Reads a page's Markdown.</summary>
internal static class DocsReader
{
    // Headings have the ids that links in the repository use; HTML in a page would be shown as text.
    private static readonly MarkdownPipeline Pipeline =
        new MarkdownPipelineBuilder().UsePipeTables().UseAutoLinks().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).DisableHtml().Build();

    public static DocsPage Read(string path, string name, DocsLinks links)
    {
        var document = Markdown.Parse(DocsFiles.Text(path), Pipeline);
        links.Rewrite(document, path);
        // A page's policy forbids inline styles, with which columns would be aligned.
        foreach (var table in document.Descendants<Markdig.Extensions.Tables.Table>())
        {
            foreach (var column in table.ColumnDefinitions)
                column.Alignment = null;
        }
        // What scrolls by itself is reached from the keyboard.
        foreach (var wide in document.Descendants<Block>().Where(b => b is CodeBlock or Markdig.Extensions.Tables.Table))
            wide.GetAttributes().AddProperty("tabindex", "0");
        var sections = Sections(document).ToList();
        Diagrams.Replace(document);
        var title = sections.Count > 0 && sections[0].Level == 1 ? sections[0].Heading : name;
        return new DocsPage(name, title, document.ToHtml(Pipeline), sections);
    }

    private static IEnumerable<DocsSection> Sections(MarkdownDocument document)
    {
        (HeadingBlock? heading, StringBuilder text) = (null, new StringBuilder());
        foreach (var block in document)
        {
            if (block is HeadingBlock next)
            {
                if (heading is not null)
                    yield return Section(heading, text);
                (heading, text) = (next, new StringBuilder());
            }
            else
                Append(text, block);
        }
        if (heading is not null)
            yield return Section(heading, text);
    }

    private static DocsSection Section(HeadingBlock heading, StringBuilder text)
    {
        var title = new StringBuilder();
        Append(title, heading);
        return new DocsSection(heading.GetAttributes().Id ?? "", OneLine(title), heading.Level, OneLine(text));
    }

    // A leaf's own inlines are not among its descendants.
    private static void Append(StringBuilder text, MarkdownObject block)
    {
        var parts = block is LeafBlock leaf ? (IEnumerable<MarkdownObject>)[leaf, .. leaf.Inline?.Descendants() ?? []] : block.Descendants();
        foreach (var part in parts)
        {
            text.Append(part switch
            {
                LiteralInline literal => literal.Content.ToString(),
                CodeInline code => code.Content,
                // A diagram's source is no text of the page.
                FencedCodeBlock { Info: "mermaid" } => "",
                CodeBlock lines => lines.Lines.ToString(),
                LineBreakInline or Block => " ",
                _ => "",
            });
        }
        text.Append(' ');
    }

    private static string OneLine(StringBuilder text) =>
        string.Join(' ', text.ToString().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
