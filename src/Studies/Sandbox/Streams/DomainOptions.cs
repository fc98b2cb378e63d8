using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Studies.Sandbox.Streams;

/// <summary>
/// Tokens come from domains whose shares fall as a power of their rank, <c>share[d] ~ (d + 1)^-zipf</c>. Each domain prefers some experts, drawn
/// once: their mean logit is higher by <c>strength</c> for its tokens.
/// </summary>
public sealed record DomainOptions : StreamOptions
{
    /// <inheritdoc/>
    public override string Name => "domains";

    /// <summary>Number of domains.</summary>
    [Range(2, 64), Description("Number of domains.")]
    public int Domains { get; init; } = 8;

    /// <summary>Exponent of the shares; 0 makes domains equal.</summary>
    [Range(0.0, 4.0), Description("Exponent of the domains' shares: rank^-zipf; 0 makes domains equal.")]
    public double Zipf { get; init; } = 1;

    /// <summary>Share of the experts that a domain prefers; at least one.</summary>
    [Range(0.0, 1.0), Description("Share of the experts that a domain prefers; at least one is preferred.")]
    public double Preferred { get; init; } = 0.125;

    /// <summary>What a preferred expert's logit has more.</summary>
    [Range(0.0, 20.0), Description("How much higher a preferred expert's mean logit is.")]
    public double Strength { get; init; } = 1;

    internal override ScoreStream Create(StreamPlace place) => new Mixed(this, place);

    /// <summary>The domains' shares, which sum to 1.</summary>
    internal double[] Shares()
    {
        double[] weights = [.. Enumerable.Range(1, Domains).Select(rank => Math.Pow(rank, -Zipf))];
        return [.. weights.Select(w => w / weights.Sum())];
    }

    private sealed class Mixed : ScoreStream
    {
        // Up to which 32-bit number a token is of each domain.
        private readonly double[] _ends;

        public Mixed(DomainOptions options, StreamPlace place) : base(options, place, options.Domains)
        {
            _ends = options.Shares();
            for (var d = 1; d < _ends.Length; d++)
                _ends[d] += _ends[d - 1];
            var random = place.Random("preferences");
            for (var d = 0; d < options.Domains; d++)
            {
                int[] order = [.. Enumerable.Range(0, place.Experts)];
                random.Shuffle(order.AsSpan());
                foreach (var e in order.Take(Math.Max(1, (int)Math.Round(options.Preferred * place.Experts))))
                    Means[(d * Stride) + e] += (float)options.Strength;
            }
        }

        public override void Draw(int step, TokenDraw draw)
        {
            base.Draw(step, draw);
            var random = Place.Random("domains", step);
            for (var t = 0; t < draw.Domains.Length; t++)
            {
                var (drawn, d) = (random.NextUInt() * (1.0 / (1L << 32)), 0);
                while (d < _ends.Length - 1 && drawn >= _ends[d])
                    d++;
                draw.Domains[t] = (byte)d;
            }
        }
    }
}
