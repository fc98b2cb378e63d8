namespace MoELab.Contracts;

/// <summary>Where a run stands, for whatever depends on time.</summary>
/// <param name="Step">The optimizer step, from 1.</param>
/// <param name="TotalSteps">Steps of the whole run.</param>
/// <param name="Seed">The run's seed.</param>
public readonly record struct StepInfo(int Step, int TotalSteps, long Seed);
