namespace MoELab.Data;

/// <summary>Baselines on a domain's held-out text. A run that has learned something is below the bigram's.</summary>
/// <param name="Domain">The domain.</param>
/// <param name="BigramBitsPerByte">
/// Bits per byte of a byte-bigram model with add-one smoothing over 257 outcomes (bytes and the separator), counted on the domain's
/// training documents; separators cost bits and count no bytes, as in a run's evaluation.
/// </param>
/// <param name="XzBitsPerByte">Bits per byte of <c>xz -9e</c> on the held-out text alone; null without <c>xz</c> on the PATH.</param>
/// <param name="HeldOutBytes">UTF-8 bytes of the held-out text.</param>
public sealed record CorpusFloor(string Domain, double BigramBitsPerByte, double? XzBitsPerByte, long HeldOutBytes);
