using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using MoELab.Plugins;

namespace MoELab.Tests.Recipes;

public sealed record PlainOptimizerOptions
{
    [Range(0.0, 1.0), Description("learning rate")]
    public double Lr { get; init; } = 0.1;
}

/// <summary>Stands in for the optimizers that presets name, so that recipe tests depend on no plugin's options.</summary>
public abstract class PlainOptimizer(PlainOptimizerOptions options) : IOptimizer
{
    public double LearningRate => options.Lr;

    public OptimizerState CreateState(IReadOnlyList<Parameter> parameters) => new();

    public void Step(IReadOnlyList<Parameter> parameters, OptimizerState state, double learningRate, StepInfo step) => state.Steps++;

    public static PluginCatalog Catalog()
    {
        var catalog = PluginCatalog.Discover();
        catalog.Register(typeof(PlainMuon));
        catalog.Register(typeof(PlainAdamW));
        return catalog;
    }
}

[Plugin("muon", "Stands in for Muon")]
public sealed class PlainMuon(PlainOptimizerOptions options) : PlainOptimizer(options);

[Plugin("adamw", "Stands in for AdamW")]
public sealed class PlainAdamW(PlainOptimizerOptions options) : PlainOptimizer(options);
