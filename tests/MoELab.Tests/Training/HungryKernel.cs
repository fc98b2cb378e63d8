using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MoELab.Experts;
using MoELab.Interop.Torch;

namespace MoELab.Tests.Training;

/// <summary>The reference kernel, which after some calls with too many tokens asks torch for more memory than any machine has.</summary>
[Plugin("hungry", "asks for too much memory when there are too many tokens")]
public sealed class HungryKernel(HungryOptions options) : IExpertKernel
{
    private readonly ReferenceKernel _reference = new();
    private int _calls;

    public bool IsSupported(torch.Device device, torch.ScalarType dtype, out string reason) => _reference.IsSupported(device, dtype, out reason);

    public Tensor Run(Tensor x_TD, ExpertWeights weights, Tensor gates_N, DispatchPlan plan)
    {
        if (x_TD.shape[0] == options.Tokens && ++_calls > options.Calls)
        {
            if (options.Backward)
                x_TD = HungryFunction.apply(x_TD);
            else
                AskForTooMuch();
        }
        return _reference.Run(x_TD, weights, gates_N, plan);
    }

    internal static void AskForTooMuch()
    {
        using var all = torch.empty([1L << 50], dtype: torch.ScalarType.Int8);
    }
}

public sealed record HungryOptions
{
    [Range(1, 1_000_000), Description("tokens of a call that are too many")]
    public int Tokens { get; init; } = 128;

    [Range(0, 1_000_000), Description("calls with that many tokens that are served")]
    public int Calls { get; init; }

    [Description("asks in the backward pass")]
    public bool Backward { get; init; }
}

/// <summary>The tokens as they are; their gradient wants too much memory.</summary>
internal sealed class HungryFunction : GuardedFunction<HungryFunction>
{
    public override string Name => nameof(HungryFunction);

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars) => ((Tensor)vars[0]).clone();

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        HungryKernel.AskForTooMuch();
        return [grad_output];
    }
}
