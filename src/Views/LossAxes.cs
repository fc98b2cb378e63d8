namespace MoELab.Views;

/// <summary>What each <see cref="LossAxis"/> is called and measured by.</summary>
internal static class LossAxes
{
    /// <summary>Below the axis.</summary>
    public static string Label(LossAxis axis) =>
        axis switch { LossAxis.Tokens => "tokens", LossAxis.Flops => "training FLOPs", LossAxis.Time => "seconds", _ => "step" };

    /// <summary>The metric that positions come from; null for steps.</summary>
    public static string? Metric(LossAxis axis) =>
        axis switch { LossAxis.Steps => null, LossAxis.Time => "time", _ => "tokens_total" };
}
