using MoELab.Randomness;

namespace MoELab.Studies.Sandbox.Streams;

/// <summary>Where a stream stands: what its random numbers depend on, beside its options.</summary>
/// <param name="Experts">Experts of the layer.</param>
/// <param name="Active">Experts that a token uses.</param>
/// <param name="Tokens">Tokens of a step.</param>
/// <param name="Layer">The layer, from 0.</param>
/// <param name="Seed">The sandbox's seed.</param>
internal readonly record struct StreamPlace(int Experts, int Active, int Tokens, int Layer, long Seed)
{
    /// <summary>Numbers of one purpose and step; step 0 is before the first.</summary>
    public Philox Random(string purpose, int step = 0) => new(Seed, "sandbox-" + purpose, FormattableString.Invariant($"layer {Layer}"), step);

    /// <summary>Standard normal numbers, one per expert.</summary>
    public float[] Normals(string purpose, int step = 0)
    {
        var values = new float[Experts];
        Random(purpose, step).NextNormals(values);
        return values;
    }
}
