using System.Text.Json.Nodes;

namespace MoELab.Data;

/// <summary>Training sequences without end, deterministic in recipe and seed, resumable in the middle of a document.</summary>
public interface ITokenStream
{
    /// <summary>The next sequences.</summary>
    /// <param name="sequences">How many.</param>
    /// <param name="progress">Share of the run that is done, 0 to 1: it selects the phase.</param>
    TokenBatch Next(int sequences, double progress);

    /// <summary>Where it stands.</summary>
    JsonObject SaveState();

    /// <summary>Continues where <see cref="SaveState"/> stood.</summary>
    void LoadState(JsonObject state);
}
