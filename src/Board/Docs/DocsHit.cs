namespace MoELab.Board.Docs;

/// <summary>A section that a search found.</summary>
/// <param name="Page">Its page.</param>
/// <param name="Section">The section.</param>
/// <param name="Score">How well it fits; higher is better.</param>
/// <param name="Excerpt">
/// The text around the place that has most of the words, in pieces: every second piece, from the second on, is a word that was searched for.
/// </param>
/// <param name="Heading">The section's heading, in pieces alike.</param>
internal sealed record DocsHit(DocsPage Page, DocsSection Section, double Score, IReadOnlyList<string> Excerpt, IReadOnlyList<string> Heading)
{
    /// <summary>Where it is.</summary>
    public string Address => Section.Level == 1 ? Page.Address : $"{Page.Address}#{Section.Anchor}";
}
