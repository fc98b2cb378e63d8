namespace MoELab.Board.Docs;

/// <summary>What stands under one heading of a page.</summary>
/// <param name="Anchor">The heading's id on the page.</param>
/// <param name="Heading">The heading.</param>
/// <param name="Level">1 for the page's title, and so on.</param>
/// <param name="Text">Everything below it up to the next heading, as plain text.</param>
internal sealed record DocsSection(string Anchor, string Heading, int Level, string Text);
