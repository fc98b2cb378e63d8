namespace MoELab.Views.Comparisons;

/// <summary>
/// The load of every expert in run B less that in run A, in even loads, at steps at which both had seen the same number of
/// tokens. Experts are compared by number, which means the same expert only where both runs began from the same weights.
/// </summary>
public sealed class RoutingDifferenceView : HeatView
{
    private readonly double[,] _a;
    private readonly double[,] _b;

    internal RoutingDifferenceView(RunReader a, RunReader b, string nameA, string nameB)
    {
        var pairs = Pairs(a, b);
        var (routingA, routingB) = (a.Routing!, b.Routing!);
        var empty = new RoutingFrames(routingA.Layers, routingA.Experts, [], [], -2, 2, false);
        var left = routingA.Read(pairs.Select(p => p.A)).Select(r => RoutingFrames.Relative(r.Counts)).ToList();
        var right = routingB.Read(pairs.Select(p => p.B)).Select(r => RoutingFrames.Relative(r.Counts)).ToList();
        (_a, _b) = left.Zip(right).LastOrDefault((new double[routingA.Layers, routingA.Experts], new double[routingA.Layers, routingA.Experts]));
        var cells = left.Zip(right, (x, y) => x.Cast<double>().Zip(y.Cast<double>(), (l, r) => empty.Quantise(r - l)).ToArray());
        Frames = empty with { Steps = [.. pairs.Select(p => p.A)], Cells = [.. cells] };
        Title = $"Routing: {nameB} less {nameA}";
    }

    /// <summary>The slider's frames by the first run's steps.</summary>
    public RoutingFrames Frames { get; }

    /// <inheritdoc/>
    public override string Title { get; }

    /// <summary>Layer, expert, both relative loads and their difference at the last common point.</summary>
    public override ViewTable Data => new(["layer", "expert", "a", "b", "difference"],
        [.. from layer in Enumerable.Range(0, Frames.Layers)
            from expert in Enumerable.Range(0, Frames.Experts)
            select new object?[] { layer, expert, _a[layer, expert], _b[layer, expert], _b[layer, expert] - _a[layer, expert] }]);

    internal override HeatPicture Picture => new(Frames, Title, "difference in even loads");

    // For each of A's steps the step of B whose token total is nearest, as far as both runs go.
    private static List<(int A, int B)> Pairs(RunReader a, RunReader b)
    {
        var end = Math.Min(TokensAt(a, a.RoutingSteps[^1]), TokensAt(b, b.RoutingSteps[^1]));
        var tokensOfB = b.RoutingSteps.Select(s => TokensAt(b, s)).ToArray();
        var pairs = new List<(int A, int B)>();
        foreach (var step in RoutingFrames.Choose([.. a.RoutingSteps.Where(s => TokensAt(a, s) <= end)]))
        {
            var tokens = TokensAt(a, step);
            var at = Array.BinarySearch(tokensOfB, tokens);
            at = at >= 0 ? at : Math.Min(~at, tokensOfB.Length - 1);
            if (at > 0 && tokens - tokensOfB[at - 1] < tokensOfB[at] - tokens)
                at--;
            pairs.Add((step, b.RoutingSteps[at]));
        }
        return pairs;
    }

    private static double TokensAt(RunReader run, int step) =>
        run.Metrics.Find("tokens_total")?.At(step) is { } tokens && double.IsFinite(tokens) ? tokens : step;
}
