namespace MoELab.Plugins;

/// <summary>The kind of a plugin, given by the interface that it implements.</summary>
public enum PluginKind
{
    /// <summary><see cref="Contracts.IRouter"/>.</summary>
    Router,

    /// <summary><see cref="Contracts.IBalancer"/>.</summary>
    Balancer,

    /// <summary><see cref="Contracts.IAuxiliaryLoss"/>.</summary>
    AuxiliaryLoss,

    /// <summary><see cref="Contracts.IOptimizer"/>.</summary>
    Optimizer,

    /// <summary><see cref="Contracts.IExpertKernel"/>.</summary>
    ExpertKernel,

    /// <summary><see cref="Contracts.ICorpusReader"/>.</summary>
    CorpusReader,

    /// <summary><see cref="Contracts.IMetricSource"/>.</summary>
    Metric,
}
