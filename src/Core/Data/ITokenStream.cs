namespace MoELab.Data;

/// <summary>An endless stream of training sequences, determined by recipe and seed, resumable in the middle of a document.</summary>
public interface ITokenStream
{
    /// <summary>Returns the next sequences.</summary>
    /// <param name="sequences">Number of sequences.</param>
    /// <param name="progress">Completed share of the run, 0 to 1; selects the phase.</param>
    TokenBatch Next(int sequences, double progress);

    /// <summary>Returns the position in the stream.</summary>
    JsonObject SaveState();

    /// <summary>Restores a position from <see cref="SaveState"/>.</summary>
    void LoadState(JsonObject state);
}
