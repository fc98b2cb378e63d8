using System.Runtime.Intrinsics;

namespace MoELab.Studies.Sandbox.Streams;

/// <summary>
/// The logits of one layer, step by step: the means of each domain's experts, and what a step's tokens draw. A token's row is a window of the pool
/// (<see cref="NoisePool"/>); with factors, a mix of it and of a few directions that all experts share.
/// </summary>
internal abstract unsafe class ScoreStream
{
    /// <summary>Rows are padded to whole words of 64 experts, so that loops have no rest.</summary>
    public const int Word = 64;

    protected ScoreStream(StreamOptions options, StreamPlace place, int domains = 1)
    {
        (Place, Noise, Domains, Stride) = (place, (float)options.Noise / NoisePool.One, domains, (place.Experts + Word - 1) / Word * Word);
        Means = new float[(domains * Stride) + Word];
        // Rounded noise could make equal experts tie, and a tie goes to the lower index; less than its last digit, drawn once, decides instead.
        var random = place.Random("ties");
        Quality = [.. place.Normals("means").Select(n =>
            (float)(options.Level + (options.Spread * n) + (options.Noise * (random.NextDouble() - 0.5) / NoisePool.One)))];
        for (var d = 0; d < domains; d++)
            Quality.CopyTo(Means, d * Stride);
    }

    public StreamPlace Place { get; }

    /// <summary>Logits per unit of a row: the standard deviation of a token's logit around its mean, over 4,096.</summary>
    public float Noise { get; }

    /// <summary>Kinds of tokens with means of their own.</summary>
    public int Domains { get; }

    /// <summary>Floats from one domain's means to the next.</summary>
    public int Stride { get; }

    /// <summary>[domains, stride] mean logits of the step.</summary>
    public float[] Means { get; }

    /// <summary>[rank, stride] directions that tokens share, scaled; empty for most streams.</summary>
    public float[] Directions { get; protected init; } = [];

    /// <summary>Number of directions.</summary>
    public int Rank => Directions.Length / Stride;

    /// <summary>What remains of a token's own noise beside the directions.</summary>
    public float Own { get; protected init; } = 1;

    /// <summary>Mean logits of the experts as they were drawn, before anything moved them.</summary>
    protected float[] Quality { get; }

    /// <summary>Moves the means to a step, from 1.</summary>
    public virtual void Begin(int step) { }

    /// <summary>Draws the step's tokens.</summary>
    public virtual void Draw(int step, TokenDraw draw) => draw.Windows(Place.Random("tokens", step));

    /// <summary>Learns how many tokens each expert got.</summary>
    public virtual void Observe(ReadOnlySpan<int> counts) { }

    /// <summary>
    /// The row of a token, in units of 1/4096: a window of the pool, or, with directions, what is written to <paramref name="buffer"/> (stride numbers).
    /// </summary>
    public short* Row(NoisePool pool, TokenDraw draw, int token, short* buffer)
    {
        var window = pool.At(draw.Offsets[token]);
        if (Rank == 0)
            return window;
        Span<float> mixed = stackalloc float[Stride];
        fixed (float* directions = Directions, factors = &draw.Factors[token * Rank], to = mixed)
        {
            for (var e = 0; e < Stride; e += Vector256<float>.Count)
            {
                var sum = Vector256.ConvertToSingle(Vector256.WidenLower(Vector128.Load(window + e).ToVector256Unsafe())) * (Own / NoisePool.One);
                for (var r = 0; r < Rank; r++)
                    sum = Vector256.FusedMultiplyAdd(Vector256.Create(factors[r]), Vector256.Load(directions + (r * Stride) + e), sum);
                sum.Store(to + e);
            }
        }
        NoisePool.Round(mixed, new Span<short>(buffer, Stride));
        return buffer;
    }

    /// <summary>A token's logits: mean + noise * row, rounded once.</summary>
    public void Logits(short* row, int domain, Span<float> logits)
    {
        for (var e = 0; e < logits.Length; e++)
            logits[e] = MathF.FusedMultiplyAdd(Noise, row[e], Means[(domain * Stride) + e]);
    }
}
