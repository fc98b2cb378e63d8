using System.Text.Json;
using System.Text.RegularExpressions;
using Markdig;
using MoELab.Views.Figures;
using MoELab.Views.Html;
using MoELab.Views.Reports;

namespace MoELab.Documents.Html;

/// <summary>A notebook as one page that needs no network: text, code and outputs, each output in its richest format.</summary>
internal static partial class NotebookPage
{
    private static readonly string[] Richest =
        ["text/html", "image/svg+xml", "image/png", "image/jpeg", "image/gif", "application/javascript", "text/markdown",
            "application/json", "text/latex", "text/plain"];
    private static readonly MarkdownPipeline Markdown = new MarkdownPipelineBuilder().UseAdvancedExtensions().Build();
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    // A library that charts include is far longer than a chart's own script.
    private const int LibraryLength = 100_000;

    /// <summary>Writes the page. The file's name is the title if the notebook has no heading.</summary>
    public static void Write(NotebookDocument notebook, string path) =>
        NotebookDocument.WriteText(path, ToHtml(notebook, Path.GetFileNameWithoutExtension(path)));

    private static string ToHtml(NotebookDocument notebook, string name)
    {
        var cells = Markup.Join(notebook.Cells.Select(cell => cell.Kind switch
        {
            CellKind.Markdown => Markup.Of($"<section class=\"nb-text\">{Text(cell)}</section>\n"),
            CellKind.Raw => Markup.Of($"<section class=\"nb-text\"><pre>{cell.Source}</pre></section>\n"),
            _ => Code(cell),
        }));
        var body = new Markup(Once(cells.Html));
        return HtmlPage.Document(Title(notebook) ?? name, "nb", body, HtmlFigure.Resource("page.css"),
            HtmlFigure.Resource("notebook.css", typeof(NotebookPage).Assembly));
    }

    private static Markup Code(NotebookCell cell)
    {
        if (string.IsNullOrWhiteSpace(cell.Source) && cell.Outputs.Count == 0)
            return Markup.None;
        var source = cell.Source.Length == 0 ? null
            : Markup.Of($"<div class=\"nb-count\">{cell.ExecutionCount}</div><pre class=\"nb-code\">{Source(cell.Source)}</pre>");
        return Markup.Of($"<section class=\"nb-cell\">{source}{cell.Outputs.OfType<JsonObject>().Select(Output)}</section>\n");
    }

    // Lines up to the first magic are C#, and so are lines below a magic that does not select another language.
    private static Markup Source(string source, bool csharp = true)
    {
        var magic = FirstMagic().Match(source);
        var lines = magic.Success ? source[..magic.Index] : source;
        var code = csharp ? CSharpHighlighter.ToHtml(lines) : Markup.Of($"{lines}");
        var (line, rest) = (magic.Groups[1].Value, magic.Groups[2].Value);
        return magic.Success ? Markup.Of($"{code}<span class=\"m\">{line}</span>{Source(rest, IsCSharp(line))}") : code;
    }

    private static bool IsCSharp(string line) =>
        line[2..].Split(' ')[0] is var name && (CellLanguages.Canonical(name) == "csharp" || !CellLanguages.IsKnown(name));

    private static Markup Output(JsonObject output) => (string?)output["output_type"] switch
    {
        "stream" => Markup.Of($"<pre class=\"nb-out{((string?)output["name"] == "stderr" ? " nb-err" : "")}\">"
            + $"{Terminal(IpynbFormat.Text(output["text"]))}</pre>"),
        "error" => Markup.Of($"<pre class=\"nb-out nb-fail\"><b>{(string?)output["ename"]}</b>: {(string?)output["evalue"]}{Trace(output)}</pre>"),
        _ when output["data"] is JsonObject data && Richest.FirstOrDefault(data.ContainsKey) is { } mime =>
            Markup.Of($"<div class=\"nb-show\">{Form(mime, data[mime], data)}</div>"),
        _ => Markup.None,
    };

    private static string Trace(JsonObject error)
    {
        var lines = (error["traceback"] as JsonArray ?? []).Select(l => Terminal((string?)l ?? "")).ToList();
        var first = $"{(string?)error["ename"]}: {(string?)error["evalue"]}";
        // A line with the same message again: only the place is new.
        return string.Concat(lines.Where((l, i) => i > 0 || l != first)
            .Select(l => "\n" + (l.EndsWith(": " + first, StringComparison.Ordinal) ? l[..^(first.Length + 2)] : l)));
    }

    // The markup in an output is the notebook's own, and is not escaped.
    private static Markup Form(string mime, JsonNode? content, JsonObject data) => mime switch
    {
        "text/html" => new Markup(IpynbFormat.Text(content)),
        "image/svg+xml" => new Markup(Svg(IpynbFormat.Text(content))),
        "image/png" or "image/jpeg" or "image/gif" => Markup.Of($"<img alt=\"{IpynbFormat.Text(data["text/plain"])}\" "
            + $"src=\"data:{mime};base64,{IpynbFormat.Text(content).ReplaceLineEndings("")}\">"),
        "application/javascript" => Markup.Of($"<script>{new Markup(IpynbFormat.Text(content))}</script>"),
        "text/markdown" => Markup.Of($"<div class=\"nb-md\">{new Markup(Markdig.Markdown.ToHtml(IpynbFormat.Text(content), Markdown))}</div>"),
        "application/json" => Markup.Of($"<pre class=\"nb-out\">{content?.ToJsonString(Indented)}</pre>"),
        _ => Markup.Of($"<pre class=\"nb-out\">{IpynbFormat.Text(content)}</pre>"),
    };

    // An output that is itself a picture must not add a heading to the page.
    private static string Svg(string svg) => svg.IndexOf("<svg", StringComparison.OrdinalIgnoreCase) is var at and > 0 ? svg[at..] : svg;

    private static Markup Text(NotebookCell cell)
    {
        var html = Markdig.Markdown.ToHtml(cell.Source, Markdown);
        foreach (var (name, forms) in cell.Attachments ?? [])
            if (forms is JsonObject { Count: > 0 } all && all.First() is var (mime, content))
                html = html.Replace($"\"attachment:{Uri.EscapeDataString(name)}\"",
                    $"\"data:{mime};base64,{IpynbFormat.Text(content).ReplaceLineEndings("")}\"", StringComparison.Ordinal);
        return new Markup(html);
    }

    private static string? Title(NotebookDocument notebook) =>
        notebook.Cells.Where(c => c.Kind == CellKind.Markdown).Select(c => Heading().Match(c.Source))
            .FirstOrDefault(m => m.Success)?.Groups[1].Value.Trim();

    /// <summary>Removes terminal colours, and keeps only the last state of a line that was overwritten.</summary>
    private static string Terminal(string text) =>
        string.Join('\n', Ansi().Replace(text, "").ReplaceLineEndings("\n").Split('\n').Select(l => l.TrimEnd('\r'))
            .Select(l => l[(l.LastIndexOf('\r') + 1)..]));

    // In a notebook every output is self-contained; on one page, style, script and libraries are needed only once.
    private static string Once(string body)
    {
        body = body.Replace($"<style>{HtmlFigure.Css}</style>", "", StringComparison.Ordinal)
            .Replace($"<script>{HtmlFigure.Script}</script>", "", StringComparison.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        return Script().Replace(body, m => m.Length < LibraryLength || seen.Add(m.Value) ? m.Value : "");
    }

    [GeneratedRegex(@"<script>.*?</script>", RegexOptions.Singleline)]
    private static partial Regex Script();

    [GeneratedRegex(@"^[ \t]*(#![^\n]*)((?:\n.*)?)", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex FirstMagic();

    [GeneratedRegex(@"\x1B\[[0-9;?]*[A-Za-z]")]
    private static partial Regex Ansi();

    [GeneratedRegex(@"^#[ \t]+([^\n]+)", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
