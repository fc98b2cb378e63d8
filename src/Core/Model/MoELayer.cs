using MoELab.Experts;
using MoELab.Interop.Torch;
using MoELab.Routing;

namespace MoELab.Model;

// T tokens, D model width (of the experts: the latent's), E experts (null ones included in what a router sees), F inner width, G = 2F, N choices, L MoE layers.

/// <summary>Router, routed experts and shared experts of one layer (Trinity report, section 2.2, equations 15 to 18), with a latent or not.</summary>
internal sealed class MoELayer
{
    private readonly ModelRecipe _recipe;
    private readonly int _layer;
    private readonly IExpertKernel _kernel;
    private readonly ITokenDispatcher _dispatcher;
    private readonly (string Name, Parameter Weight_ED)[] _extra;
    private readonly Parameter _gate_ED, _w13_EGD, _w2_EDF;
    private readonly LatentWidth? _latent;
    private readonly FeedForward? _shared;

    public MoELayer(ParameterStore store, string name, ModelRecipe recipe, int moeLayer, IRouter router, IExpertKernel kernel,
        ITokenDispatcher dispatcher)
    {
        (_recipe, _layer, _kernel, _dispatcher) = (recipe, moeLayer, kernel, dispatcher);
        _gate_ED = store.Matrix($"{name}.router.gate.weight", ParameterRole.Router, 1, recipe.RouterColumns, recipe.DModel);
        _extra = [.. router.ExtraMatrices.Select(n =>
            (n, store.Matrix($"{name}.router.{n}.weight", ParameterRole.Router, 1, recipe.RouterColumns, recipe.DModel)))];
        _latent = recipe.Latent > 0 ? new LatentWidth(store, $"{name}.latent", recipe, new DenseProducts(kernel)) : null;
        _w13_EGD = store.Matrix($"{name}.experts.w13", ParameterRole.Experts, 2, recipe.Experts, 2L * recipe.ExpertFfn, recipe.ExpertWidth);
        _w2_EDF = store.Matrix($"{name}.experts.w2", ParameterRole.Experts, 1, recipe.Experts, recipe.ExpertWidth, recipe.ExpertFfn);
        _shared = recipe.SharedExperts > 0
            ? new FeedForward(store, $"{name}.shared_experts", recipe.DModel, (long)recipe.ExpertFfn * recipe.SharedExperts,
                new DenseProducts(kernel)) : null;
    }

    public LayerOutput Forward(Tensor x_TD, LayerCall call, ComputePrecision precision)
    {
        using var scope = torch.NewDisposeScope();
        var context = call.Context;
        var wide_TD = x_TD.to(torch.ScalarType.Float32);
        var logits_TE = torch.nn.functional.linear(wide_TD, _gate_ED.Value);
        var bias_E = context.Bias_LE is null ? torch.zeros(_recipe.RouterColumns, dtype: torch.ScalarType.Float32, device: x_TD.device)
            : context.Bias_LE[_layer].to(x_TD.device);
        var routed = call.Router.Route(new RouterInput
        {
            Logits_TE = logits_TE,
            Bias_E = bias_E,
            Ids_T = call.Ids_T,
            Domain_T = context.Domain_T,
            Domains = context.Domains,
            TopK = _recipe.ActiveExperts,
            RouteScale = _recipe.RouteScale,
            Layer = _layer,
            Training = context.Training,
            Step = context.Step,
            MicroBatch = context.MicroBatch,
            ExtraLogits = _extra.Length == 0 ? null : _extra.ToDictionary(e => e.Name, e => torch.nn.functional.linear(wide_TD, e.Weight_ED.Value)),
            State = context.RouterState,
            Replay = call.Replay,
            Kernel = _kernel as IRoutingKernel,
            FirstNonFinite_L = call.Watch?.First_L,
        });
        var (choice, gates_N) = WithoutNull(routed);
        var y_TD = _dispatcher.Run(_latent is null ? x_TD : _latent.Down(x_TD, precision), choice, context.Begin(ModelPart.Experts, gates_N),
            new ExpertWeights(precision.Weight(_w13_EGD), precision.Weight(_w2_EDF)), _kernel);
        if (_latent is not null)
            y_TD = _latent.Up(y_TD, precision);
        if (_shared is not null)
            y_TD = y_TD.add(_shared.Forward(context.Begin(ModelPart.Shared, x_TD), precision), Scalars.One);

        context.Continue(ModelPart.Router);
        var counts_E = context.RouterLosses.Count == 0 ? null : call.StepCounts_E ?? Count(routed.Choice, context);
        // After the count, because an observer may add to the same tensor that holds the step's counts so far.
        if (call.Replay is null)
            context.Observer?.Routed(_layer, logits_TE, routed);
        var losses = context.RouterLosses.Select(loss => loss.Compute(new AuxiliaryLossInput
        {
            Logits = logits_TE,
            Router = routed,
            Sequences = call.Layout.Batch,
            TopK = _recipe.ActiveExperts,
            Bias_E = bias_E,
            StepCounts_E = context.EarlierCounts.TryGetValue(loss.CountSteps, out var earlier_LE) ? counts_E!.add(earlier_LE[_layer], Scalars.One) : counts_E,
        }).MoveToOuterDisposeScope()).ToArray();

        DisposeScopes.MoveOut(y_TD, counts_E, routed.Penalty);
        if (call.Replay is null)
            DisposeScopes.MoveOut(routed.Choice.Token_N, routed.Choice.Expert_N, routed.Choice.Counts_E);
        return new LayerOutput(y_TD, losses, routed.Penalty, routed.Choice, counts_E);
    }

    // What is computed: only here do null experts differ from others, so that counts, losses and replays have every choice.
    private (RouterChoice Choice, Tensor Gates_N) WithoutNull(RouterOutput routed)
    {
        if (_recipe.NullExperts == 0)
            return (routed.Choice, routed.Gates_N);
        var kept_N = routed.Choice.Expert_N.lt(Scalars.Of(_recipe.Experts)).nonzero().view(-1);
        return (new RouterChoice(routed.Choice.Token_N.index_select(0, kept_N), routed.Choice.Expert_N.index_select(0, kept_N), 0)
        {
            IsKnown = routed.Choice.IsKnown,
        }, routed.Gates_N.index_select(0, kept_N));
    }

    private Tensor Count(RouterChoice choice, ForwardContext context)
    {
        var counts_E = Gates.Count(choice, _recipe.RouterColumns);
        return context.StepCounts_LE is null ? counts_E : counts_E.add(context.StepCounts_LE[_layer].to(counts_E.device), Scalars.One);
    }
}
