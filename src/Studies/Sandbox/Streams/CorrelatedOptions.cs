using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Studies.Sandbox.Streams;

/// <summary>
/// Experts whose scores rise and fall together: a token's noise is <c>sqrt(1 - c) x[e] + sqrt(c) sum_r u[r] f[r, e]</c>, with standard normal
/// <c>x</c> and <c>u</c> of the token, and a unit vector <c>f[., e]</c> of each expert, drawn once. Its variance is 1 as in other streams.
/// </summary>
public sealed record CorrelatedOptions : StreamOptions
{
    /// <inheritdoc/>
    public override string Name => "correlated";

    /// <summary>Directions that experts share.</summary>
    [Range(1, 64), Description("Directions that experts share.")]
    public int Factors { get; init; } = 4;

    /// <summary>Share of a token's variance that comes from the directions.</summary>
    [Range(0.0, 1.0), Description("Share of a token's variance that comes from the shared directions.")]
    public double Correlation { get; init; } = 0.5;

    internal override ScoreStream Create(StreamPlace place) => new Correlated(this, place);

    private sealed class Correlated : ScoreStream
    {
        public Correlated(CorrelatedOptions options, StreamPlace place) : base(options, place)
        {
            var drawn = new float[options.Factors * place.Experts];
            place.Random("directions").NextNormals(drawn);
            Directions = new float[options.Factors * Stride];
            for (var e = 0; e < place.Experts; e++)
            {
                var own = drawn.AsSpan(e * options.Factors, options.Factors);
                var norm = Math.Sqrt(own.ToArray().Sum(v => (double)v * v));
                for (var r = 0; r < options.Factors; r++)
                    Directions[(r * Stride) + e] = (float)(Math.Sqrt(options.Correlation) * own[r] / norm);
            }
            Own = (float)Math.Sqrt(1 - options.Correlation);
        }

        public override void Draw(int step, TokenDraw draw)
        {
            base.Draw(step, draw);
            Place.Random("factors", step).NextNormals(draw.Factors);
        }
    }
}
