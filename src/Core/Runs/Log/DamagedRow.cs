namespace MoELab.Runs.Log;

/// <summary>A row of a run's logs that is not what was written. Readers leave it out and say so.</summary>
/// <param name="File"><c>metrics.jsonl</c>, <c>events.jsonl</c>, <c>routing.bin</c> or <c>environment.json</c>.</param>
/// <param name="Row">
/// Its number in the file, from 1; 0 for the head of <c>routing.bin</c>, for rows at a log's end that are not there, and for
/// <c>environment.json</c> as a whole.
/// </param>
/// <param name="After">The step of the complete row before it; 0 where there is none.</param>
/// <param name="Reason">What is wrong with it.</param>
public sealed record DamagedRow(string File, int Row, int After, string Reason)
{
    /// <inheritdoc/>
    public override string ToString() => Row == 0 ? $"{File}: {Reason}"
        : $"{File}, row {Row} ({(After == 0 ? "before the first complete step" : $"after step {After}")}): {Reason}";
}
