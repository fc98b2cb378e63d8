using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Tests.Training;

/// <summary>A loss that is not a number for a while: stands for a numerical accident.</summary>
[Plugin("spoiler", "not a number for some micro-batches")]
public sealed class SpoilerLoss(SpoilerOptions options) : IAuxiliaryLoss
{
    private int _calls;

    public AuxiliaryLossSite Site => AuxiliaryLossSite.Head;

    public double Weight => 1;

    public Tensor Compute(in AuxiliaryLossInput input)
    {
        _calls++;
        var factor = _calls > options.From && _calls <= options.From + options.Count ? float.NaN : options.Factor;
        return input.Logits.square().mean() * factor;
    }
}

public sealed record SpoilerOptions
{
    [Range(0, 1000), Description("calls before the accident")]
    public int From { get; init; }

    [Range(0, 1000), Description("calls that are spoiled")]
    public int Count { get; init; }

    [Range(0.0, 1.0), Description("factor of the harmless calls")]
    public double Factor { get; init; } = 1e-3;
}
