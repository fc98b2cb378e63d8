using MoELab.Experts;
using MoELab.Model.Fused;

namespace MoELab.Model;

// T tokens, D model width, A output width, F inner width, G = 2F.

/// <summary>Products with one weight for all tokens: by the expert kernel if it supports them, otherwise by torch.</summary>
internal sealed class DenseProducts(IExpertKernel expertKernel)
{
    // Weights are packed again each time, which does not pay off for few tokens, as in generation.
    private const int FewTokens = 64;

    private readonly IDenseKernel? _kernel = expertKernel as IDenseKernel;

    internal Tensor Linear(Tensor x_TD, Tensor w_AD) =>
        _kernel is not null && x_TD.shape[0] >= FewTokens ? _kernel.Linear(x_TD, w_AD) : torch.nn.functional.linear(x_TD, w_AD);

    /// <summary>Products of the same rows with several weights, side by side: rows are read once and their gradient is one product.</summary>
    internal Tensor Linear(Tensor x_TD, Tensor[] weights_AD) => x_TD.shape[0] >= FewTokens
        ? Linear(x_TD, torch.cat(weights_AD, 0))
        : torch.cat([.. weights_AD.Select(w_AD => torch.nn.functional.linear(x_TD, w_AD))], 1);

    internal Tensor SwiGlu(Tensor x_TD, Tensor w13_GD, Tensor w2_DF) => _kernel is not null && x_TD.shape[0] >= FewTokens
        ? _kernel.SwiGlu(x_TD, w13_GD, w2_DF)
        : torch.nn.functional.linear(FusedOps.SwiGlu(torch.nn.functional.linear(x_TD, w13_GD)), w2_DF);
}
