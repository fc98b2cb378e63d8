namespace MoELab.Studies.Sandbox.Streams;

/// <summary>The mean logit of each expert is drawn once, from N(level, spread^2), and stays.</summary>
public sealed record StationaryOptions : StreamOptions
{
    /// <inheritdoc/>
    public override string Name => "stationary";

    internal override ScoreStream Create(StreamPlace place) => new Stationary(this, place);

    private sealed class Stationary(StreamOptions options, StreamPlace place) : ScoreStream(options, place);
}
