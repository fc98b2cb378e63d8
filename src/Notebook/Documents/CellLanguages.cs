using System.Text.RegularExpressions;
using MoELab.Cells.Magics;

namespace MoELab.Documents;

/// <summary>Names that start a cell in a <c>.dib</c> file: those of Polyglot Notebooks and of this notebook.</summary>
internal static partial class CellLanguages
{
    private static readonly HashSet<string> Known = new(StringComparer.OrdinalIgnoreCase)
    {
        "csharp", "c#", "cs", "fsharp", "f#", "fs", "pwsh", "powershell", "javascript", "js", "html", "markdown", "md", "mermaid", "sql",
        "kql", "http", "value", "raw", "vscode", "webview", "run", "study",
    };

    /// <summary>Whether a name is a language rather than a magic.</summary>
    public static bool IsKnown(string name) => Known.Contains(name);

    public static string Canonical(string name) => PolyglotNames.Canonical(name) switch
    {
        "f#" or "fs" => "fsharp",
        "powershell" => "pwsh",
        var other => other,
    };

    /// <summary>The name on a line that starts a cell; null if the line does not.</summary>
    public static string? Marker(string line, IReadOnlyCollection<string> others) =>
        line.StartsWith("#!", StringComparison.Ordinal) && line[2..] is var name && (Known.Contains(name) || others.Contains(name)) ? name : null;

    /// <summary>Adds a space before a line that would start a cell in a <c>.dib</c> file, which is harmless in every language.</summary>
    public static string Escape(string line, IReadOnlyCollection<string> others) => Marker(line.TrimStart(' '), others) is null ? line : " " + line;

    /// <summary>Undoes <see cref="Escape"/>.</summary>
    public static string Unescape(string line, IReadOnlyCollection<string> others) =>
        line.StartsWith(' ') && Marker(line.TrimStart(' '), others) is not null ? line[1..] : line;

    /// <summary>The language that a code cell's first line selects, as written there; null if it selects none.</summary>
    public static string? First(string source) => FirstMagic().Match(source) is { Success: true } match ? match.Groups[1].Value : null;

    [GeneratedRegex(@"^#!(\S+)[ \t]*(?=\n|$)")]
    private static partial Regex FirstMagic();
}
