using MoELab.Interop.Torch;
using MoELab.Plugins;
using MoELab.Routing;
using MoELab.Routing.Balancing;
using MoELab.Routing.Metrics;
using MoELab.Routing.Routers;
using MoELab.Studies.Sandbox.Streams;

namespace MoELab.Studies.Sandbox;

// L layers, T tokens, E experts.

/// <summary>The router and the balancer of a sandbox, and one step of all its layers.</summary>
internal sealed class SandboxRouting : IDisposable
{
    /// <summary>Tokens of a step, the first ones, that figures of scores are read from.</summary>
    public const int DetailTokens = 256;

    private readonly SandboxOptions _options;
    private readonly IRouter _router;
    private readonly IBalancer _balancer;
    private readonly SandboxLayer[] _layers;
    private readonly NoisePool _pool;
    private readonly BalancerState _state;
    private readonly BalancerState? _routerState;
    private readonly bool _fast;

    /// <exception cref="InputException">A plugin is unknown, has invalid options, or cannot work without a model.</exception>
    public SandboxRouting(SandboxOptions options, PluginCatalog plugins)
    {
        _options = options;
        (_router, _balancer) = Plugins(options, plugins);
        var histogram = _balancer.Needs.HasFlag(RoutingStatsKinds.ScoreHistogram);
        _fast = options.Fast && _router is SigmoidTopK && !histogram;
        _pool = new NoisePool(options.Seed);
        _layers = [.. Enumerable.Range(0, options.Layers).Select(l => new SandboxLayer(options, l, _fast))];
        _state = _balancer.CreateState(options.Layers, options.Experts);
        _routerState = (_router as IAdaptiveRouter)?.CreateState(options.Layers, options.Experts);
        (Counts, Bias) = (new long[options.Layers, options.Experts], new float[options.Layers, options.Experts]);
    }

    /// <summary>[L, E] tokens of the step.</summary>
    public long[,] Counts { get; private set; }

    /// <summary>[L, E] the bias after the step.</summary>
    public float[,] Bias { get; private set; }

    /// <summary>[layers][entropy, margin, saturated share, share of tokens whose choice the bias changed]; empty at most steps.</summary>
    public double[][] Details { get; private set; } = [];

    /// <summary>Draws, chooses, and lets balancer and streams learn.</summary>
    /// <exception cref="RunException">A bias is no longer finite.</exception>
    public void Step(int step)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        _pool.Refresh(step);
        var info = new StepInfo(step, _options.Steps, _options.Seed);
        var wantsDetails = step == 1 || step % _options.DetailEvery == 0;
        var histogram = _balancer.Needs.HasFlag(RoutingStatsKinds.ScoreHistogram)
            ? new MarginHistogramBuilder(_state.Bias_LE, _options.Active) : null;
        var counts = new long[_options.Layers, _options.Experts];
        Details = wantsDetails ? new double[_options.Layers][] : [];
        for (var l = 0; l < _layers.Length; l++)
        {
            _layers[l].Begin(step);
            if (wantsDetails)
                Details[l] = Detail(l, info);
            if (_fast)
                _layers[l].Choose(_pool, HostMemory.Of<float>(_state.Bias_LE).Slice(l * _options.Experts, _options.Experts));
            else
                Route(l, info, histogram);
            for (var e = 0; e < _options.Experts; e++)
                counts[l, e] = _layers[l].Counts[e];
        }
        Counts = counts;
        var counts_LE = torch.tensor(counts);
        var stats = new RoutingStats(counts_LE, _options.Tokens, _options.Active, histogram?.Build());
        _balancer.Update(stats, _state, info);
        (_router as IAdaptiveRouter)?.Update(stats, _routerState!, info);
        Read(step);
        foreach (var layer in _layers)
            layer.End();
    }

    public void Dispose()
    {
        foreach (var layer in _layers)
            layer.Dispose();
        _pool.Dispose();
        _state.Dispose();
        _routerState?.Dispose();
    }

    /// <summary>The plugins that the options name.</summary>
    /// <exception cref="InputException">One is unknown, has invalid options, or cannot work without a model.</exception>
    public static (IRouter Router, IBalancer Balancer) Plugins(SandboxOptions options, PluginCatalog plugins)
    {
        var (balancer, router) = (Balancer(options.Balancer, plugins), plugins.Create<IRouter>(options.Router, "router"));
        if (router.ExtraMatrices.Count > 0)
            throw new InputException($"router '{options.Router.Name}': needs trainable matrices ({string.Join(", ", router.ExtraMatrices)}), "
                + "which a sandbox does not have; expected a router that needs only logits");
        if (balancer.Needs.HasFlag(RoutingStatsKinds.ScoreHistogram) && (router.SelectionKind == ScoreKind.None || !router.ChoosesAmongAll))
            throw new InputException($"balancer '{options.Balancer.Name}': needs the margins of a token's K largest scores among all experts, which "
                + $"the router '{options.Router.Name}' does not have; expected another router or balancer");
        const RoutingStatsKinds has = RoutingStatsKinds.Counts | RoutingStatsKinds.ScoreHistogram;
        if (router is IAdaptiveRouter adaptive && (adaptive.Needs & ~has) != 0)
            throw new InputException($"router '{options.Router.Name}': needs every token's scores at the end of a step, which a sandbox does not keep; "
                + "expected another router");
        if ((balancer.Needs & ~has) != 0)
            throw new InputException($"balancer '{options.Balancer.Name}': needs every token's margin at the end of a step, which a sandbox does not keep; "
                + "expected another estimator, such as the default one, or another balancer");
        return (router, balancer);
    }

    private static IBalancer Balancer(PluginChoice choice, PluginCatalog plugins) =>
        plugins.All.Any(p => p.Kind == PluginKind.Balancer && p.Name == choice.Name) || plugins.Version(PluginKind.AuxiliaryLoss, choice.Name) is null
            ? plugins.Create<IBalancer>(choice, "balancer")
            : throw new InputException($"balancer '{choice.Name}': is an auxiliary loss and needs the gradients of a model, which a sandbox does not "
                + $"have; expected a balancer: {string.Join(", ", plugins.All.Where(p => p.Kind == PluginKind.Balancer).Select(p => p.Name))}");

    private void Route(int layer, StepInfo info, MarginHistogramBuilder? histogram)
    {
        using var scope = torch.NewDisposeScope();
        var output = Route(layer, _options.Tokens, _state.Bias_LE[layer], info);
        histogram?.Add(layer, output.Selection_TE ?? output.Scores_TE);
        _layers[layer].Take(Gates.Count(output.Choice, _options.Experts));
    }

    private RouterOutput Route(int layer, int tokens, Tensor bias_E, StepInfo info) => _router.Route(new RouterInput
    {
        Logits_TE = _layers[layer].Logits(_pool, tokens),
        Bias_E = bias_E,
        Ids_T = _layers[layer].Ids(tokens),
        TopK = _options.Active,
        RouteScale = 1,
        Layer = layer,
        Training = true,
        Step = info,
        State = _routerState,
    });

    private double[] Detail(int layer, StepInfo info)
    {
        using var scope = torch.NewDisposeScope();
        var (tokens, bias_E) = (Math.Min(DetailTokens, _options.Tokens), _state.Bias_LE[layer]);
        var biased = Route(layer, tokens, bias_E, info);
        var scores = ScoreMetrics.Of(_router, biased, bias_E, _options.Active);
        var plain = Route(layer, tokens, torch.zeros_like(bias_E), info);
        return [scores.Entropy, scores.Margin, scores.Saturated, Changed(biased.Choice, plain.Choice, tokens)];
    }

    // Of tokens with K experts each; others have no choice of their own.
    private double Changed(RouterChoice biased, RouterChoice plain, int tokens)
    {
        if (biased.TopK != _options.Active || plain.TopK != _options.Active)
            return double.NaN;
        var (left, right) = (Sorted(biased), Sorted(plain));
        return Enumerable.Range(0, tokens).Count(t => !left[t].AsSpan().SequenceEqual(right[t])) / (double)tokens;

        static long[][] Sorted(RouterChoice choice) =>
            [.. HostMemory.Copy<long>(choice.Expert_N, torch.ScalarType.Int64).Chunk(choice.TopK).Select(c => c.Order().ToArray())];
    }

    private void Read(int step)
    {
        var bias = new float[_options.Layers, _options.Experts];
        var values = HostMemory.Copy<float>(_state.Bias_LE, torch.ScalarType.Float32);
        Buffer.BlockCopy(values, 0, bias, 0, values.Length * sizeof(float));
        if (HostMemory.FirstNonFinite(values) is var broken and >= 0)
            throw new RunException($"step {step}: the balancer '{_options.Balancer.Name}' made the bias of expert {broken % _options.Experts} in layer "
                + $"{broken / _options.Experts} {values[broken]}; expected finite numbers");
        Bias = bias;
    }
}
