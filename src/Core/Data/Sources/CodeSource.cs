using System.IO.Compression;

namespace MoELab.Data.Sources;

/// <summary>
/// Source code that ships with the .NET SDK: JavaScript and style sheets (jQuery, Bootstrap), C#, Razor, F# and Visual Basic of its project
/// templates, and MSBuild's own targets. Minified files and build variants of another file are left out.
/// </summary>
internal sealed class CodeSource((string Path, string Version) templates, (string Path, string Version) sdk)
    : CorpusSource("code", $".NET SDK {sdk.Version}, templates {templates.Version}", "MIT")
{
    private const int Piece = 1 << 15;
    private static readonly HashSet<string> Extensions =
        new([".js", ".css", ".cs", ".razor", ".cshtml", ".fs", ".vb", ".xaml", ".ts"], StringComparer.OrdinalIgnoreCase);

    public override string Identity => $"code/1/{sdk.Version}, templates {templates.Version}";

    public override IEnumerable<SourceDocument> Read() =>
        Files().Select(text => SourceDocument.Cut(text.Replace("\r\n", "\n", StringComparison.Ordinal), Piece, Piece));

    private IEnumerable<string> Files()
    {
        foreach (var package in Directory.EnumerateFiles(templates.Path, "*.nupkg").Order(StringComparer.Ordinal))
        {
            using var zip = ZipFile.OpenRead(package);
            var names = zip.Entries.Select(e => e.FullName).Where(n => Extensions.Contains(Path.GetExtension(n))).ToHashSet(StringComparer.Ordinal);
            foreach (var name in names.Where(n => !IsVariant(n, names)).Order(StringComparer.Ordinal))
            {
                using var reader = new StreamReader(zip.GetEntry(name)!.Open(), Encoding.UTF8);
                yield return reader.ReadToEnd();
            }
        }
        foreach (var pattern in new[] { "*.targets", "*.props" })
        {
            foreach (var file in Directory.EnumerateFiles(sdk.Path, pattern, SearchOption.AllDirectories).Order(StringComparer.Ordinal))
                yield return File.ReadAllText(file);
        }
    }

    /// <summary>
    /// Whether the folder contains the same file under a shorter name: <c>x.min.js</c>, <c>x.bundle.js</c>, <c>x-grid.css</c> beside <c>x.js</c>.
    /// </summary>
    private static bool IsVariant(string name, HashSet<string> names)
    {
        var extension = Path.GetExtension(name);
        if (name.EndsWith(".min" + extension, StringComparison.Ordinal))
            return true;
        var start = name.LastIndexOf('/') + 1;
        return Enumerable.Range(start + 1, Math.Max(0, name.Length - extension.Length - start - 1))
            .Any(cut => name[cut] is '.' or '-' && names.Contains(name[..cut] + extension));
    }
}
