using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Model;

/// <summary>How tokens are sampled.</summary>
public sealed record GeneratorOptions
{
    /// <summary>Divides the logits; 0 always takes the most probable token.</summary>
    [Range(0.0, 100.0), Description("divides the logits; 0: always the most probable token")]
    public double Temperature { get; init; } = 1;

    /// <summary>Sample from this many most probable tokens; 0: all.</summary>
    [Range(0, 1 << 24), Description("sample from this many most probable tokens; 0: all")]
    public int TopK { get; init; }

    /// <summary>Length of the context in tokens.</summary>
    [Range(1, 1 << 24), Description("length of the context in tokens")]
    public int Context { get; init; } = 256;

    /// <summary>Seed of the sampling.</summary>
    [Description("seed of the sampling")]
    public long Seed { get; init; }
}
