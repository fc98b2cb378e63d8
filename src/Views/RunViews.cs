namespace MoELab.Views;

/// <summary>The views of a run, each one call: <c>run.Views.Loss()</c>.</summary>
/// <param name="run">The run, finished or not.</param>
public sealed class RunViews(RunReader run)
{
    /// <summary>Training and held-out loss against steps, tokens, FLOPs or time.</summary>
    public LossView Loss(LossAxis against = LossAxis.Steps) => new(run, against);

    /// <summary>Loss per domain.</summary>
    public DomainLossView Domains() => new(run);

    /// <summary>Layer by expert heatmap of one step, the last by default.</summary>
    public RoutingView Routing(int? step = null) => new(run, step);

    /// <summary>MaxVio as a fan over the layers.</summary>
    public MaxVioView MaxVio() => new(run);

    /// <summary>Load percentiles over the experts.</summary>
    public LoadView Loads() => new(run);

    /// <summary>Norm of the expert bias per layer, or of each step's change.</summary>
    public BiasView Bias(bool steps = false) => new(run, steps);

    /// <summary>Dead and overloaded experts; overloaded is above <paramref name="overload"/> times an even load.</summary>
    public ExpertsView Experts(double overload = 2) => new(run, overload);

    /// <summary>Expert by domain specialisation on held-out text, a slider over layers. Loads the newest checkpoint and the corpus.</summary>
    public SpecialisationView Specialisation(int layer = 0, int tokensPerDomain = 4096) => new(run, layer, tokensPerDomain);

    /// <summary>Which experts tokens choose together on held-out text, a slider over layers. Loads the newest checkpoint and the corpus.</summary>
    public CoActivationView CoActivation(int layer = 0, int tokensPerDomain = 4096) => new(run, layer, tokensPerDomain);

    /// <summary>A text painted by the experts that its tokens chose, a slider over layers. Loads the newest checkpoint.</summary>
    public PaintView Paint(string text, int layer = 0) => new(run, text, layer);

    /// <summary>Any metrics on one chart.</summary>
    public MetricView Metrics(string title, params string[] metrics) => new(run, title, "", SeriesStyle.Smoothed, false, metrics);
}

/// <summary>Adds the views to a run.</summary>
public static class RunViewsExtensions
{
    extension(RunReader run)
    {
        /// <summary>The views of a run as it was read.</summary>
        public RunViews Views => new(run);
    }

    extension(Run run)
    {
        /// <summary>The views of a run as it is now.</summary>
        public RunViews Views => new(run.Read());
    }
}
