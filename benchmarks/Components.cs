// T tokens, D model width, B sequences, S positions, H heads, C head width, E experts, F inner width.
using MoELab.Contracts;
using MoELab.Experts;
using MoELab.Kernels.Cpu;
using MoELab.Model.Fused;
using MoELab.Model.Operations;
using MoELab.Recipes;
using MoELab.Routing;
using MoELab.Routing.Routers;

namespace MoELab.Benchmarks;

/// <summary>The model's parts at a preset's sizes, fused against torch's operators, forward and backward.</summary>
internal static class Components
{
    public static void Run(Recipe recipe, int rounds)
    {
        var m = recipe.Model;
        var (length, tokens) = (recipe.Training.SequenceLength, recipe.Training.MicroBatchTokens);
        var batch = tokens / length;
        using var scope = torch.NewDisposeScope();
        var layout = SequenceLayout.Create((int)batch, length, null, m.Window, m.HeadDim, m.RopeTheta, torch.ScalarType.Float32, torch.CPU);
        var masked = SequenceLayout.Create((int)batch, length, null, m.Window, m.HeadDim, m.RopeTheta, torch.ScalarType.Float32, torch.CPU, masked: true);
        var x = Leaf(tokens, m.DModel);
        var residual = Leaf(tokens, m.DModel);
        var gain = Leaf(m.DModel);
        new SideBySide($"{recipe.Name}: residual + RMS norm [{tokens}, {m.DModel}]", rounds)
            .Add("torch's operators", () => Backward(() => residual + ModelOps.RmsNorm(x, gain, 1e-6)))
            .Add("fused", () => Backward(() => FusedOps.AddRmsNorm(residual, x, gain, 1e-6))).Run();

        var h = Leaf(tokens, 2L * m.Ffn);
        new SideBySide($"{recipe.Name}: SwiGLU [{tokens}, {2 * m.Ffn}]", rounds)
            .Add("torch's operators", () => Backward(() => ModelOps.SwiGlu(h)))
            .Add("fused", () => Backward(() => FusedOps.SwiGlu(h))).Run();

        var headGain = Leaf(m.HeadDim);
        foreach (var window in (int?[])[m.Window, null])
        {
            var shape = new AttentionShape(m.Heads, m.KvHeads, m.HeadDim, true, true, 1e-6, window);
            var p = Leaf(tokens, shape.Columns);
            new SideBySide($"{recipe.Name}: attention from joint projection to gated output, {batch} x {m.Heads} x {length} x {m.HeadDim}, {(window is null ? "causal" : $"window {window}")}", rounds)
                .Add("torch's operators", () => Backward(() => ModelOps.Attention(p, headGain, headGain, masked, shape)))
                .Add("tiles", () => Backward(() => FusedOps.Attention(p, headGain, headGain, layout, shape))).Run();
        }

        var w = Leaf(m.Heads * m.HeadDim, m.DModel);
        new SideBySide($"{recipe.Name}: a projection [{tokens}, {m.DModel}] x [{m.DModel}, {m.Heads * m.HeadDim}]", rounds)
            .Add("torch's product", () => Backward(() => torch.nn.functional.linear(x, w)))
            .Add(nameof(PackedKernel), () => Backward(() => ((IDenseKernel)new PackedKernel(new PackedKernelOptions())).Linear(x, w))).Run();

        Router(recipe, (int)tokens, rounds);
        foreach (var inner in new[] { m.Ffn, m.ExpertFfn * m.SharedExperts }.Where(f => f > 0))
            Dense(recipe, x, inner, rounds);

        var (dense13, dense2) = (Leaf(2L * m.ExpertFfn * m.ActiveExperts, m.DModel), Leaf(m.DModel, (long)m.ExpertFfn * m.ActiveExperts));
        var weights = new ExpertWeights(Leaf(m.Experts, 2L * m.ExpertFfn, m.DModel), Leaf(m.Experts, m.DModel, m.ExpertFfn));
        var gates = Leaf((long)tokens * m.ActiveExperts);
        var choice = RouterChoice.FromTopK(torch.arange((long)tokens * m.ActiveExperts).mul_(7).remainder_(m.Experts).reshape(tokens, m.ActiveExperts));
        var dispatcher = new LocalDispatcher();
        var side = new SideBySide($"{recipe.Name}: routed experts, {m.Experts} of {m.ExpertFfn}, {m.ActiveExperts} active", rounds)
            .Add("dense layer of equal FLOPs", () => Backward(() => torch.nn.functional.linear(FusedOps.SwiGlu(torch.nn.functional.linear(x, dense13)), dense2)));
        foreach (var kernel in (IExpertKernel[])[new PackedKernel(new PackedKernelOptions()), new GroupedMmKernel(), new ReferenceKernel()])
            side.Add(kernel.GetType().Name, () => Backward(() => dispatcher.Run(x, choice, gates, weights, kernel)));
        side.Run();
    }

    private static void Dense(Recipe recipe, Tensor x_TD, int inner, int rounds)
    {
        var (w13_GD, w2_DF, kernel) = (Leaf(2L * inner, recipe.Model.DModel), Leaf(recipe.Model.DModel, inner), (IDenseKernel)new PackedKernel(new PackedKernelOptions()));
        new SideBySide($"{recipe.Name}: a layer that every token goes through, {inner} wide", rounds)
            .Add("torch's products, SwiGLU fused", () => Backward(() => torch.nn.functional.linear(FusedOps.SwiGlu(torch.nn.functional.linear(x_TD, w13_GD)), w2_DF)))
            .Add(nameof(PackedKernel), () => Backward(() => kernel.SwiGlu(x_TD, w13_GD, w2_DF))).Run();
    }

    private static void Router(Recipe recipe, int tokens, int rounds)
    {
        var m = recipe.Model;
        var logits_TE = Leaf(tokens, m.Experts);
        var bias_E = torch.linspace(-0.1, 0.1, m.Experts);
        var router = new SigmoidTopK(new SigmoidTopKOptions());
        new SideBySide($"{recipe.Name}: sigmoid router and counts [{tokens}, {m.Experts}], {m.ActiveExperts} active", rounds)
            .Add("torch's operators", () => Backward(() =>
            {
                RouterGuard.RequireFinite(logits_TE, 0);
                var scores_TE = torch.sigmoid(logits_TE);
                var choice = RouterChoice.FromTopK(TopK.Select(scores_TE, bias_E, m.ActiveExperts));
                Gates.Count(choice, m.Experts);
                return Gates.Weigh(scores_TE, choice, true, m.RouteScale);
            }))
            .Add("one pass", () => Backward(() =>
            {
                var output = router.Route(new RouterInput
                {
                    Logits_TE = logits_TE,
                    Bias_E = bias_E,
                    Ids_T = torch.zeros(tokens, dtype: torch.ScalarType.Int64),
                    TopK = m.ActiveExperts,
                    RouteScale = m.RouteScale,
                    Layer = 0,
                    Training = true,
                    Step = new StepInfo(1, 1, 0),
                });
                Gates.Count(output.Choice, m.Experts);
                return output.Gates_N;
            })).Run();
    }

    internal static Tensor Leaf(params long[] shape) => torch.randn(shape).mul_(0.1).requires_grad_();

    internal static void Backward(Func<Tensor> body)
    {
        using var scope = torch.NewDisposeScope();
        body().sum().backward();
    }
}
