namespace MoELab.Board.Docs;

/// <summary>All pages of the documentation in the order of the README, which is the first.</summary>
internal sealed class DocsSite
{
    private const string Start = "README.md";
    private static readonly Lazy<DocsSite> Lazily = new(() => new DocsSite());
    private readonly Dictionary<string, DocsPage> _byName;

    private DocsSite()
    {
        var paths = DocsFiles.Paths.Where(p => p.EndsWith(".md", StringComparison.Ordinal)).ToList();
        var names = paths.ToDictionary(p => p, NameOf, StringComparer.Ordinal);
        var start = DocsFiles.Text(Start);
        var links = new DocsLinks(names);
        Pages = [.. paths.OrderBy(p => p == Start ? -1 : start.IndexOf($"({p}", StringComparison.Ordinal) is var at and >= 0 ? at : int.MaxValue)
            .ThenBy(p => p, StringComparer.Ordinal).Select(p => DocsReader.Read(p, names[p], links))];
        _byName = Pages.ToDictionary(p => p.Name, StringComparer.Ordinal);
        Search = new DocsSearch(Pages);
    }

    /// <summary>The site of this version; read at the first use.</summary>
    public static DocsSite Current => Lazily.Value;

    public IReadOnlyList<DocsPage> Pages { get; }

    public DocsSearch Search { get; }

    public DocsPage? Find(string name) => _byName.GetValueOrDefault(name);

    // A folder's README is known by its folder.
    private static string NameOf(string path)
    {
        var name = Path.GetFileNameWithoutExtension(path).ToLowerInvariant();
        return name == "readme" && Path.GetDirectoryName(path) is { Length: > 0 } folder ? folder.Replace('/', '-') : name;
    }
}
