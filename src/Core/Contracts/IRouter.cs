namespace MoELab.Contracts;

/// <summary>
/// Chooses experts for tokens and weighs them. Shapes: T tokens, D model width, E experts, K active experts, N choices.
/// Scores are float32, ties go to the lower index, the bias chooses and never weighs.
/// </summary>
public interface IRouter
{
    /// <summary>
    /// False when a token's choice in training depends on later tokens of its micro-batch (expert choice, Sinkhorn): the training loss is
    /// no measure of prediction then, and training, generation and the recipe say so.
    /// </summary>
    bool IsCausal { get; }

    /// <summary>
    /// Whether a token's choice outside training depends on the tokens up to it alone; a router for which it does not is rejected for evaluation and
    /// generation.
    /// </summary>
    bool IsCausalInEvaluation => IsCausal;

    /// <summary>What <see cref="RouterOutput.Scores_TE"/> are; <see cref="ScoreKind.None"/> where they neither choose nor weigh.</summary>
    ScoreKind ScoreKind => ScoreKind.Any;

    /// <summary>
    /// What the expert bias is added to when a token's K largest sums are chosen; <see cref="ScoreKind.None"/> where the choice is made otherwise,
    /// so that it has no margin.
    /// </summary>
    ScoreKind SelectionKind => ScoreKind.Any;

    /// <summary>
    /// Whether a token chooses among all experts. False where groups of experts are chosen first: how far an expert outside stands from being chosen
    /// is unknown then.
    /// </summary>
    bool ChoosesAmongAll => true;

    /// <summary>Trainable matrices [E, D] beside the router's own gate, by name (noisy top-k has one); empty for most.</summary>
    IReadOnlyList<string> ExtraMatrices => [];

    /// <summary>Routes one micro-batch of one layer.</summary>
    RouterOutput Route(in RouterInput input);
}

/// <summary>
/// A router that adapts between steps (ReMoE's sparsity coefficient, the cuts of expert threshold); the state is checkpointed like a balancer's.
/// </summary>
public interface IAdaptiveRouter : IRouter
{
    /// <summary>What it needs to see of a step; nothing else is collected. Counts by default.</summary>
    RoutingStatsKinds Needs => RoutingStatsKinds.Counts;

    /// <summary>A fresh state.</summary>
    BalancerState CreateState(int layers, int experts);

    /// <summary>Moves <paramref name="state"/> in place, once per optimizer step.</summary>
    void Update(in RoutingStats stats, BalancerState state, StepInfo step);
}
