using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace MoELab.Board.Docs;

/// <summary>
/// Mermaid diagrams as the pictures that <c>eng/diagrams.sh</c> drew of them: a page needs neither Mermaid's script nor a looser policy. One that
/// was changed since is shown as its source.
/// </summary>
internal static partial class Diagrams
{
    private const string Language = "mermaid";

    /// <summary>The path of a diagram's picture in the repository, named by its source.</summary>
    public static string PathOf(string source) =>
        $"{DocsLinks.Images}diagram-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)))[..12]}.svg";

    /// <summary>Puts pictures in the place of the diagrams.</summary>
    public static void Replace(MarkdownDocument document)
    {
        foreach (var block in document.Descendants<FencedCodeBlock>().Where(b => b.Info == Language).ToList())
        {
            var source = SourceOf(block);
            if (!DocsFiles.Paths.Contains(PathOf(source)))
                continue;
            var picture = new LinkInline { IsImage = true, Url = $"{DocsPage.Root}images/{PathOf(source)[DocsLinks.Images.Length..]}" };
            picture.AppendChild(new LiteralInline("Diagram: " + string.Join("; ", Labels().Matches(source).Select(m => m.Groups[1].Value))));
            var paragraph = new ParagraphBlock { Inline = new ContainerInline() };
            paragraph.Inline.AppendChild(picture);
            var place = block.Parent!.IndexOf(block);
            block.Parent[place] = paragraph;
        }
    }

    private static string SourceOf(FencedCodeBlock block) => string.Join('\n', block.Lines.Lines.Take(block.Lines.Count).Select(l => l.ToString()));

    [GeneratedRegex("\"([^\"]+)\"")]
    private static partial Regex Labels();
}
