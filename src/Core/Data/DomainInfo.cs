namespace MoELab.Data;

/// <summary>One domain of prepared data: where it came from and what it holds.</summary>
/// <param name="Name">The domain, such as <c>reference</c>.</param>
/// <param name="Source">Package and version, or path.</param>
/// <param name="Licence">Its licence, or empty for a user's own files.</param>
/// <param name="Bytes">UTF-8 bytes of training and held-out documents together.</param>
/// <param name="Documents">Documents after near-duplicate removal.</param>
/// <param name="Tokens">Tokens with the recipe's tokenizer.</param>
/// <param name="Hash">SHA-256 over the documents, first 16 hex digits.</param>
/// <param name="HeldOutBytes">UTF-8 bytes of the held-out documents.</param>
public sealed record DomainInfo(string Name, string Source, string Licence, long Bytes, int Documents, long Tokens, string Hash, long HeldOutBytes);
