using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Studies.Sandbox.Streams;

/// <summary>
/// The means wander by an Ornstein-Uhlenbeck process, sampled once per step: <c>m = level + r (m - level) + sqrt(1 - r^2) spread n</c> with
/// <c>r = exp(-1 / memory)</c> and <c>n</c> standard normal. At each step they are distributed as those of the stationary stream.
/// </summary>
public sealed record DriftingOptions : StreamOptions
{
    /// <inheritdoc/>
    public override string Name => "drifting";

    /// <summary>Steps after which a deviation has fallen to 1/e.</summary>
    [Range(1.0, 1e6), Description("Steps after which a mean's deviation has fallen to 1/e.")]
    public double Memory { get; init; } = 500;

    internal override ScoreStream Create(StreamPlace place) => new Drifting(this, place);

    private sealed class Drifting(DriftingOptions options, StreamPlace place) : ScoreStream(options, place)
    {
        public override void Begin(int step)
        {
            var keep = Math.Exp(-1 / options.Memory);
            var kick = Math.Sqrt(1 - (keep * keep)) * options.Spread;
            var normals = Place.Normals("drift", step);
            for (var e = 0; e < normals.Length; e++)
                Means[e] = (float)(options.Level + (keep * (Means[e] - options.Level)) + (kick * normals[e]));
        }
    }
}
