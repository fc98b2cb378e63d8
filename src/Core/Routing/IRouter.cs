namespace MoELab.Routing;

/// <summary>
/// Chooses experts for tokens and weighs them. Shapes: T tokens, D model width, E experts, K active experts, N choices.
/// Scores are float32, ties go to the lower index, the bias chooses and never weighs.
/// </summary>
public interface IRouter
{
    /// <summary>False when a token's choice depends on later tokens (expert choice): such a router is refused for evaluation and generation.</summary>
    bool IsCausal { get; }

    /// <summary>Trainable matrices [E, D] beside the router's own gate, by name (noisy top-k has one); empty for most.</summary>
    IReadOnlyList<string> ExtraMatrices => [];

    /// <summary>Routes one micro-batch of one layer.</summary>
    RouterOutput Route(in RouterInput input);
}

/// <summary>A router that adapts between steps (ReMoE's sparsity coefficient); the state is checkpointed like a balancer's.</summary>
public interface IAdaptiveRouter : IRouter
{
    /// <summary>A fresh state.</summary>
    BalancerState CreateState(int layers, int experts);

    /// <summary>Moves <paramref name="state"/> in place, once per optimizer step.</summary>
    void Update(in RoutingStats stats, BalancerState state, StepInfo step);
}
