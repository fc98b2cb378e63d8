// Shapes: B sequences, S tokens per sequence, T = B x S tokens of a micro-batch, V vocabulary, L MoE layers, E experts.
using MoELab.Interop.Torch;
using MoELab.Model;
using MoELab.Optimization;
using MoELab.Routing.Replay;

namespace MoELab.Training.Steps;

/// <summary>
/// One optimizer step: micro-batches forward and backward, counts and gradients summed over ranks, balancer, then optimizers.
/// A loss or gradient that is not finite leaves weights and balancer alike as they were.
/// </summary>
internal sealed class StepRunner(TrainingParts parts)
{
    private const int UpdateRatioEvery = 10;
    private JsonObject? _stream;

    /// <summary>Told where the parts of the model begin; null outside a profile.</summary>
    public PartClock? Parts { get; init; }

    /// <summary>Where the choices of experts are written; null where nobody asked.</summary>
    public ChoiceRecorder? Choices { get; set; }

    /// <summary>Runs step <paramref name="step"/> (from 1).</summary>
    /// <exception cref="NonFiniteScoresException">A router's scores are not finite.</exception>
    public StepOutcome Run(int step)
    {
        using var pause = FinalizerPause.Begin();
        _stream = parts.Stream.SaveState();
        var recipe = parts.Recipe;
        var info = new StepInfo(step, recipe.Training.Steps, recipe.Training.Seed);
        var clock = new PhaseClock();
        var tokens = parts.Timeline.TokensAt(step);
        var share = StepShare.Of(tokens, recipe.Training, parts.Group.Size);
        var progress = parts.Timeline.Progress(step);
        // The balancer's state is on the host: one copy for all layers and micro-batches.
        using var bias_LE = parts.BalancerState.Bias_LE.to(torch.ScalarType.Float32, parts.Device, copy: true);
        var needs = parts.Balancer.Needs | ((parts.Model.Router as IAdaptiveRouter)?.Needs ?? RoutingStatsKinds.None);
        using var collector = new RoutingCollector(parts.Model.Router, parts.Layers, parts.Experts, recipe.Model.ActiveExperts, needs, bias_LE);
        var sums = new LossSums(parts, share.Micros);

        parts.ZeroGradients();
        for (var micro = 0; micro < share.Micros; micro++)
        {
            using var scope = torch.NewDisposeScope();
            var batch = parts.Stream.Next(share.Sequences, progress);
            using var tensors = BatchTensors.From(batch, parts.Device);
            clock.Book("data");

            collector.WantsDetails = micro == 0;
            // A number of its own among all ranks, because a router's noise is drawn by it.
            var place = (micro * parts.Group.Size) + parts.Group.Rank;
            collector.Record = Choices is null ? null : (layer, choice) => Choices.Append(step, place, layer, choice);
            Parts?.Start();
            var output = parts.Model.Forward(tensors.Ids_BS, tensors.Documents_BS, new ForwardContext
            {
                Training = true,
                Step = info,
                MicroBatch = place,
                Bias_LE = bias_LE,
                Domain_T = tensors.Domain_T,
                Domains = parts.Corpus.Domains.Count,
                RouterState = parts.RouterState,
                RouterLosses = parts.RouterLosses,
                Observer = collector,
                ActivationCheckpointing = recipe.Training.ActivationCheckpointing,
                StepCounts_LE = collector.Counts_LE,
                EarlierCounts = parts.Counts.Sums,
                Parts = Parts,
            });
            var loss = sums.Add(batch, tensors, output, micro);
            clock.Book("forward");
            Parts?.Turn();
            BackwardGuard.Run(() => loss.backward());
            Parts?.End();
            clock.Book("backward");
        }
        return Finish(info, tokens, collector, sums, clock);
    }

    /// <summary>After a step that threw: puts everything back to where the step before left it.</summary>
    /// <returns>False when that cannot be, because weights or balancer may have moved.</returns>
    public bool Undo()
    {
        // Up to there a step changes nothing but its place in the data.
        if (_stream is null)
            return false;
        parts.Stream.LoadState(_stream);
        return true;
    }

    private StepOutcome Finish(StepInfo info, long tokens, RoutingCollector collector, LossSums sums, PhaseClock clock)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        collector.Reduce(parts.Group);
        GradientSum.OverRanks(parts.Model.Parameters, parts.Group);
        var read = sums.Read(parts.Group);
        parts.Model.RequireFiniteScores();
        var norm = Gradients.GlobalNorm(parts.Model.Parameters);
        var skipped = Problem(read.Total, norm);
        clock.Book("reduce");

        var factor = parts.Schedule.At(info.Step);
        using var before_LE = parts.BalancerState.Bias_LE.clone();
        var measure = skipped is null && (info.Step == 1 || info.Step % UpdateRatioEvery == 0);
        var ratios = new UpdateRatios(measure ? parts.Model.Parameters : []);
        _stream = null;
        if (skipped is null)
        {
            var stats = collector.ToStats(tokens, parts.BalancerState.Bias_LE.device);
            parts.Balancer.Update(stats, parts.BalancerState, info);
            if (parts.Model.Router is IAdaptiveRouter adaptive && parts.RouterState is { } state)
                adaptive.Update(stats, state, info);
            parts.Counts.Add(collector.Counts_LE);
            clock.Book("balancer");
            if (parts.Recipe.Training.ClipNorm > 0)
                Gradients.Clip(parts.Model.Parameters, norm, parts.Recipe.Training.ClipNorm);
            var orthogonalising = OrthogonalizationSeconds();
            foreach (var slot in parts.Optimizers)
                slot.Optimizer.Step(slot.Parameters, slot.State, slot.Optimizer.LearningRate * factor, info);
            clock.Book("optimizer");
            clock.Move("optimizer", "newton_schulz", OrthogonalizationSeconds() - orthogonalising);
        }
        var measured = ratios.Read();
        var bias = parts.BalancerState.Bias_LE;
        var outcome = new StepOutcome(read, tokens, norm, HostArrays.ToLongs(collector.Counts_LE), collector.Details,
            HostArrays.RowNorms(HostArrays.ToFloats(bias - before_LE)), HostArrays.ToFloats(bias), measured, factor, clock.Seconds, skipped)
        { NullExperts = parts.Recipe.Model.NullExperts };
        clock.Book("metrics");
        return outcome;
    }

    private string? Problem(double loss, double norm)
    {
        if (double.IsFinite(loss) && double.IsFinite(norm))
            return null;
        var culprit = parts.Model.Parameters.FirstOrDefault(p => p.Value.grad is { } g && !g.isfinite().all().item<bool>());
        return $"{(double.IsFinite(loss) ? "a gradient" : "the loss")} is not finite{(culprit is null ? "" : $" (first in {culprit.Name})")}; "
            + "weights and balancer were not changed";
    }

    private double OrthogonalizationSeconds() =>
        parts.Optimizers.Sum(s => (s.Optimizer as IOptimizerTimings)?.OrthogonalizationTime.TotalSeconds ?? 0);
}
