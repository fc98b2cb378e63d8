using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MoELab.Studies.Sandbox.Streams;

namespace MoELab.Studies.Sandbox;

/// <summary>What a sandbox does: a stream of scores, a router and a balancer, as a recipe would name them, and no model.</summary>
public sealed record SandboxOptions
{
    // Counts of every step are kept in memory, four bytes each.
    private const long MostCounts = 1L << 27;

    /// <summary>Experts of a layer, E.</summary>
    [Range(8, 1024), Description("Experts of a layer.")]
    public int Experts { get; init; } = 256;

    /// <summary>Experts that a token uses, K; fewer than <see cref="Experts"/>.</summary>
    [Range(1, 1023), Description("Experts that a token uses.")]
    public int Active { get; init; } = 4;

    /// <summary>Tokens of a step, T.</summary>
    [Range(1, 1 << 16), Description("Tokens of a step.")]
    public int Tokens { get; init; } = 4096;

    /// <summary>Steps.</summary>
    [Range(1, 1_000_000), Description("Steps; the balancer acts once in each.")]
    public int Steps { get; init; } = 2000;

    /// <summary>MoE layers, each with a stream of its own.</summary>
    [Range(1, 256), Description("MoE layers, each with scores of its own.")]
    public int Layers { get; init; } = 1;

    /// <summary>Seed of every random number.</summary>
    [Range(0L, long.MaxValue), Description("Seed of every random number.")]
    public long Seed { get; init; }

    /// <summary>Steps between two readings of the figures that need every score of a token (<c>router/*</c>, <c>choice/changed</c>); also at step 1.</summary>
    [Range(1, 1_000_000), Description("Steps between two readings of router/* and choice/changed, which need every score of a token.")]
    public int DetailEvery { get; init; } = 100;

    /// <summary>Whether <c>sigmoid-top-k</c> takes the fast path; the result is the same without it.</summary>
    [Description("Let sigmoid-top-k choose on the fast path; the result is the same without it.")]
    public bool Fast { get; init; } = true;

    /// <summary>Where the scores come from.</summary>
    public StreamOptions Stream { get; init; } = new StationaryOptions();

    /// <summary>The router, as in a recipe.</summary>
    public PluginChoice Router { get; init; } = new("sigmoid-top-k");

    /// <summary>The balancer, as in a recipe.</summary>
    public PluginChoice Balancer { get; init; } = new("smebu");

    /// <summary>The options as data, every key present; the stream, router and balancer with their names.</summary>
    public JsonObject ToData()
    {
        var data = OptionsBinder.ToData(this);
        data["stream"] = OptionsBinder.ToData(Stream);
        return data;
    }

    /// <summary>Checks ranges, and the rules between values.</summary>
    /// <exception cref="InputException">The first value that is not valid.</exception>
    internal void Check()
    {
        OptionsBinder.Validate(this, "");
        OptionsBinder.Validate(Stream, "stream");
        if (Active >= Experts)
            throw new InputException($"active: {Active} of {Experts} experts; expected fewer active experts than experts, or there is nothing to choose");
        if ((long)Steps * Layers * Experts is var counts and > MostCounts)
            throw new InputException(FormattableString.Invariant($"steps: {Steps} steps of {Layers} layers with {Experts} experts are {counts} counts; ")
                + FormattableString.Invariant($"expected at most {MostCounts}, which are kept in memory"));
    }
}
