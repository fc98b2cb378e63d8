namespace MoELab.Data;

/// <summary>One domain of prepared data: its origin and size.</summary>
/// <param name="Name">The domain, such as <c>reference</c>.</param>
/// <param name="Source">Package and version, or path.</param>
/// <param name="Licence">Its licence, or empty for a user's own files.</param>
/// <param name="Bytes">UTF-8 bytes of training and held-out documents together.</param>
/// <param name="Documents">Documents after duplicates and near-duplicates were removed; each piece of a long document counts.</param>
/// <param name="Tokens">Tokens with the recipe's tokenizer.</param>
/// <param name="Hash">SHA-256 over the documents and their sides of the split, first 16 hex digits.</param>
/// <param name="HeldOutBytes">UTF-8 bytes of the held-out documents.</param>
public sealed record DomainInfo(string Name, string Source, string Licence, long Bytes, int Documents, long Tokens, string Hash, long HeldOutBytes)
{
    /// <summary>
    /// Share of the held-out windows of 25 words that occur in training text of any domain, 0 to 1. A word is a run of at most 16 letters
    /// and digits, ignoring case, or one other character that is not white space.
    /// </summary>
    public double HeldOutOverlap { get; init; }

    /// <summary>Documents and pieces that were left out as copies or near-copies, of this domain or of an earlier one.</summary>
    public int Duplicates { get; init; }

    /// <summary>What else was left out and why, in sentences; empty if nothing was.</summary>
    public string Notes { get; init; } = "";
}
