namespace MoELab.Board.Docs;

/// <summary>A page of the documentation.</summary>
/// <param name="Name">Its name in an address, such as <c>views</c>.</param>
/// <param name="Title">Its first heading.</param>
/// <param name="Html">Its text as HTML, links included.</param>
/// <param name="Sections">Its parts in order; the first is what precedes any further heading.</param>
internal sealed record DocsPage(string Name, string Title, string Html, IReadOnlyList<DocsSection> Sections)
{
    /// <summary>Where the pages are served.</summary>
    public const string Root = "/docs/";

    public string Address => Root + Name;
}
