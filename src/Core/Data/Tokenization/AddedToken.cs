namespace MoELab.Data;

/// <summary>A token that is found in the text before anything else is done to it.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Content">What is found.</param>
/// <param name="SingleWord">Found only where no word character touches it.</param>
/// <param name="TakesLeft">White space before it belongs to it (<c>lstrip</c>).</param>
/// <param name="TakesRight">White space behind it belongs to it (<c>rstrip</c>).</param>
/// <param name="Normalized">Found in the normalized text, itself normalized.</param>
/// <param name="Special">Marks structure and stands for no text of its own.</param>
internal sealed record AddedToken(int Id, string Content, bool SingleWord, bool TakesLeft, bool TakesRight, bool Normalized, bool Special);
