using MoELab.Recipes.Costs;

namespace MoELab.Views;

/// <summary>What a loss is drawn against.</summary>
public enum LossAxis
{
    /// <summary>Optimizer steps.</summary>
    Steps,

    /// <summary>Training tokens so far.</summary>
    Tokens,

    /// <summary>Training FLOPs so far: tokens times <see cref="RecipeCost.FlopsPerToken"/>.</summary>
    Flops,

    /// <summary>Seconds since training started, restarts excluded.</summary>
    Time,
}
