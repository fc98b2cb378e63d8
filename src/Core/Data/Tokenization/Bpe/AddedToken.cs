namespace MoELab.Data.Tokenization.Bpe;

/// <summary>A token that is searched for in a text before pre-tokenization.</summary>
/// <param name="Id">The token id.</param>
/// <param name="Content">The text to search for.</param>
/// <param name="SingleWord">Whether it matches only if no word character is next to it.</param>
/// <param name="TakesLeft">Whether it includes white space before it (<c>lstrip</c>).</param>
/// <param name="TakesRight">Whether it includes white space after it (<c>rstrip</c>).</param>
/// <param name="Normalized">Whether it is normalized and searched for in the normalized text.</param>
/// <param name="Special">Whether it marks structure and represents no text.</param>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool TakesLeft, bool TakesRight, bool Normalized, bool Special);
