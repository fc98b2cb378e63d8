using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Model;

/// <summary>How tokens are drawn.</summary>
public sealed record GeneratorOptions
{
    /// <summary>Divides the logits; 0 always takes the most probable token.</summary>
    [Range(0.0, 100.0), Description("divides the logits; 0: always the most probable token")]
    public double Temperature { get; init; } = 1;

    /// <summary>Draw among this many most probable tokens; 0 means all.</summary>
    [Range(0, 1 << 24), Description("draw among this many most probable tokens; 0: all")]
    public int TopK { get; init; }

    /// <summary>Tokens that the model looks back on.</summary>
    [Range(1, 1 << 24), Description("tokens that the model looks back on")]
    public int Context { get; init; } = 256;

    /// <summary>Keys the draws.</summary>
    [Description("keys the draws")]
    public long Seed { get; init; }
}
