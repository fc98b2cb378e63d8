namespace MoELab.Data.Needles;

/// <summary>A text in which values are hidden, ending in a question for one of them and its answer.</summary>
/// <param name="Domain">Whose held-out text surrounds the values.</param>
/// <param name="Tokens">The token ids, one more than a sequence: the last is only a target.</param>
/// <param name="Answer">How many tokens at the end are the value.</param>
internal sealed record NeedleContext(int Domain, int[] Tokens, int Answer);
