using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace MoELab.Board.Docs;

/// <summary>
/// Links between files of the repository as links between pages. What is not on the site (source files, notebooks) becomes plain text with its path
/// in a tooltip, so that no link leads nowhere.
/// </summary>
/// <param name="names">The name of each page by its path in the repository.</param>
internal sealed class DocsLinks(IReadOnlyDictionary<string, string> names)
{
    /// <summary>The folder of pages whose images have addresses of their own.</summary>
    public const string Images = "docs/images/";

    public void Rewrite(MarkdownDocument document, string path)
    {
        foreach (var link in document.Descendants<LinkInline>().ToList())
        {
            var url = link.Url ?? "";
            if (url.StartsWith('#'))
                continue;
            if (Uri.TryCreate(url, UriKind.Absolute, out _))
            {
                link.GetAttributes().AddPropertyIfNotExist("rel", "noreferrer");
                link.GetAttributes().AddPropertyIfNotExist("target", "_blank");
                continue;
            }
            var (file, anchor) = url.IndexOf('#') is var at and >= 0 ? (url[..at], url[at..]) : (url, "");
            var target = Resolve(path, file);
            if (names.TryGetValue(target, out var name))
                link.Url = DocsPage.Root + name + anchor;
            else if (link.IsImage && target.StartsWith(Images, StringComparison.Ordinal))
                link.Url = DocsPage.Root + "images/" + target[Images.Length..];
            else
                Unlink(link, target);
        }
    }

    /// <summary>A relative path in a file as a path in the repository.</summary>
    public static string Resolve(string from, string to)
    {
        var parts = from.Split('/')[..^1].ToList();
        foreach (var part in to.Split('/'))
        {
            if (part == ".." && parts.Count > 0)
                parts.RemoveAt(parts.Count - 1);
            else if (part is not ("." or ".." or ""))
                parts.Add(part);
        }
        return string.Join('/', parts);
    }

    private static void Unlink(LinkInline link, string target)
    {
        var text = new EmphasisInline { DelimiterChar = '*', DelimiterCount = 1 };
        text.GetAttributes().AddPropertyIfNotExist("title", $"{target} in the repository");
        while (link.FirstChild is { } child)
        {
            child.Remove();
            text.AppendChild(child);
        }
        link.ReplaceBy(text, copyChildren: false);
    }
}
