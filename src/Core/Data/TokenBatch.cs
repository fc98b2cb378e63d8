namespace MoELab.Data;

/// <summary>
/// Sequences of tokens, ready for a model: B sequences of S tokens, row after row. A document is stored as its separator followed
/// by its tokens; the target after its last token is the separator, so that every token is an input once and a target once.
/// </summary>
/// <param name="Sequences">Number of sequences (B).</param>
/// <param name="Length">Tokens per sequence (S).</param>
/// <param name="Tokens">Token ids [B·S].</param>
/// <param name="Targets">The next token of the same document [B·S]; -1 if there is none (padding of an evaluation).</param>
/// <param name="Documents">Index of the document within its sequence [B·S], from 0; attention stays within equal indices.</param>
/// <param name="Domains">Index of the domain [B·S].</param>
public sealed record TokenBatch(int Sequences, int Length, int[] Tokens, int[] Targets, int[] Documents, byte[] Domains);
