namespace MoELab.Data;

/// <summary>
/// Sequences of tokens, ready for a model: B sequences of S tokens, row after row. A document is stored as its separator followed
/// by its tokens; the target after its last token is the separator, so that every token is an input once and a target once.
/// </summary>
/// <param name="Sequences">B.</param>
/// <param name="Length">S.</param>
/// <param name="Tokens">[B·S] token ids.</param>
/// <param name="Targets">[B·S] the next token of the same document; -1 where there is none (padding of an evaluation).</param>
/// <param name="Documents">[B·S] number of the document within its sequence, from 0; attention stays inside equal numbers.</param>
/// <param name="Domains">[B·S] index of the domain.</param>
public sealed record TokenBatch(int Sequences, int Length, int[] Tokens, int[] Targets, int[] Documents, byte[] Domains);
