namespace MoELab.Plugins;

/// <summary>The kind of a plugin, given by the interface that it implements.</summary>
public enum PluginKind
{
    /// <summary><see cref="Routing.IRouter"/>.</summary>
    Router,

    /// <summary><see cref="Routing.IBalancer"/>.</summary>
    Balancer,

    /// <summary><see cref="Routing.IAuxiliaryLoss"/>.</summary>
    AuxiliaryLoss,

    /// <summary><see cref="Optimization.IOptimizer"/>.</summary>
    Optimizer,

    /// <summary><see cref="Experts.IExpertKernel"/>.</summary>
    ExpertKernel,

    /// <summary><see cref="Data.ICorpusReader"/>.</summary>
    CorpusReader,

    /// <summary><see cref="Training.IMetricSource"/>.</summary>
    Metric,
}
