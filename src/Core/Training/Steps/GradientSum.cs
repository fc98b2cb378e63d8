// Shapes: N numbers of all gradients, P parameters.
using MoELab.Interop.Torch;

namespace MoELab.Training.Steps;

/// <summary>Sums the gradients of all parameters over ranks, in one call.</summary>
internal static class GradientSum
{
    public static void OverRanks(IReadOnlyList<Parameter> parameters, IProcessGroup group)
    {
        if (group.Size == 1)
            return;
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var has_P = torch.tensor(parameters.Select(p => p.Value.grad is null ? 0f : 1f).ToArray());
        // Of the host, which every group takes. A rank on which a parameter has no gradient adds zeros.
        var flat_N = torch.cat([.. parameters.Select(p => (p.Value.grad ?? torch.zeros_like(p.Value)).reshape(-1).to(torch.ScalarType.Float32, torch.CPU)), has_P], 0);
        group.AllReduce(flat_N, ReduceOp.Sum);
        var has = HostMemory.Copy<float>(flat_N[^parameters.Count..], torch.ScalarType.Float32);
        var start = 0L;
        foreach (var (i, parameter) in parameters.Index())
        {
            var sum = flat_N.narrow(0, start, parameter.Value.numel()).view(parameter.Value.shape);
            start += parameter.Value.numel();
            if (has[i] == 0)
                continue;
            if (parameter.Value.grad is { } gradient)
                gradient.copy_(sum);
            else
                parameter.Value.grad = sum.to(parameter.Value.dtype, parameter.Value.device, copy: true).DetachFromDisposeScope();
        }
    }
}
