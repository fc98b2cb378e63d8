namespace MoELab.Contracts;

/// <summary>Marks a method <c>double M(in StepMetrics)</c> of an <see cref="IMetricSource"/> as a metric.</summary>
/// <param name="id">Key in the log, such as <c>max_vio/mean</c>.</param>
/// <param name="unit">Its unit, empty for a pure number.</param>
/// <param name="definition">One sentence that defines it: scope, window, reduction.</param>
[AttributeUsage(AttributeTargets.Method)]
public sealed class MetricAttribute(string id, string unit, string definition) : Attribute
{
    /// <summary>Key in the log.</summary>
    public string Id { get; } = id;

    /// <summary>Its unit.</summary>
    public string Unit { get; } = unit;

    /// <summary>One sentence that defines it.</summary>
    public string Definition { get; } = definition;
}

/// <summary>A plugin whose <see cref="MetricAttribute"/> methods are evaluated once per step from what the step already collected.</summary>
public interface IMetricSource
{
}

/// <summary>What a metric sees of a step: numbers on the host, never tensors.</summary>
/// <param name="Step">The optimizer step, from 1.</param>
/// <param name="Counts">[layers, experts]: training tokens per expert in this step.</param>
/// <param name="Bias">[layers, experts]: the expert bias after the step.</param>
/// <param name="MicroLosses">Cross-entropy of each micro-batch, nats per token.</param>
/// <param name="GradientNorm">Global gradient norm before clipping.</param>
public readonly record struct StepMetrics(int Step, long[,] Counts, float[,] Bias, IReadOnlyList<double> MicroLosses, double GradientNorm);
