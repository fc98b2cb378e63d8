namespace MoELab.Plugins.Proportional;

/// <summary>Options of <see cref="Proportional"/>.</summary>
public sealed record ProportionalOptions
{
    [Range(0.0, 1000.0), Description("Step of the bias per unit of missing load share; 0.1 moves a dead expert of 100 by 1e-3.")]
    public double Gamma { get; init; } = 0.1;
}
