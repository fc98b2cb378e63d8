using System.Text.Json.Nodes;
using MoELab.Recipes;
using MoELab.Runs;

namespace MoELab.Training;

/// <summary>What of a training goes into a checkpoint and comes back: weights, optimizer and balancer state, data position, histories.</summary>
internal static class TrainingCheckpoint
{
    public static void Save(CheckpointStore store, int step, TrainingParts parts, Evaluator evaluator, GradientHistory history, AlertWatch alerts, TrainingProgress progress)
    {
        using var scope = torch.NewDisposeScope();
        var files = new Dictionary<string, IReadOnlyDictionary<string, Tensor>>
        {
            ["model"] = parts.Model.Parameters.ToDictionary(p => p.Name, p => p.Value.detach()),
            ["balancer"] = parts.BalancerState.Tensors,
        };
        if (parts.RouterState is { } router)
            files["router"] = router.Tensors;
        foreach (var slot in parts.Optimizers)
            files[$"optimizer-{slot.Name}"] = slot.State.Tensors;
        if (evaluator.LastChoices.Length > 0)
            files["probe"] = evaluator.LastChoices.Select((c, l) => (c, l)).ToDictionary(p => $"layer-{p.l}", p => torch.tensor(p.c));
        var state = new JsonObject
        {
            ["step"] = step,
            ["recipe"] = parts.Recipe.ToTree(),
            ["stream"] = parts.Stream.SaveState(),
            ["timeline"] = new JsonArray([.. parts.Timeline.Past.Select(p => (JsonNode)new JsonArray(p.Steps, p.Tokens))]),
            ["optimizer_steps"] = new JsonObject(parts.Optimizers.Select(s => KeyValuePair.Create<string, JsonNode?>(s.Name, s.State.Steps))),
            ["grad_norms"] = new JsonArray([.. history.Norms.Select(n => (JsonNode)n)]),
            ["alerts"] = alerts.Save(),
            ["tokens_total"] = progress.Tokens,
            ["skipped_in_a_row"] = progress.SkippedInARow,
            ["seconds"] = progress.Seconds,
            ["threads"] = torch.get_num_threads(),
            ["vocabulary"] = parts.Model.VocabularySize,
        };
        store.Save(step, files, state, parts.Recipe.Training.KeepCheckpoints);
    }

    public static void Load(CheckpointStore store, int step, JsonObject state, TrainingParts parts, Evaluator evaluator, GradientHistory history, TrainingProgress progress)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        Copy(store, step, "model", parts.Model.Parameters.ToDictionary(p => p.Name, p => p.Value));
        Copy(store, step, "balancer", parts.BalancerState.Tensors);
        if (parts.RouterState is { } router)
            Copy(store, step, "router", router.Tensors);
        foreach (var slot in parts.Optimizers)
        {
            Copy(store, step, $"optimizer-{slot.Name}", slot.State.Tensors);
            slot.State.Steps = state["optimizer_steps"]![slot.Name]!.GetValue<int>();
        }
        if (state["files"]!["probe.safetensors"] is not null)
        {
            var probe = store.LoadTensors(step, "probe");
            evaluator.LastChoices = [.. Enumerable.Range(0, probe.Count).Select(l => probe[$"layer-{l}"].data<long>().ToArray())];
        }
        parts.Stream.LoadState(state["stream"]!.AsObject());
        history.Load(state["grad_norms"]!.AsArray().Select(n => n!.GetValue<double>()));
        progress.Tokens = state["tokens_total"]!.GetValue<long>();
        progress.SkippedInARow = state["skipped_in_a_row"]!.GetValue<int>();
        progress.Seconds = state["seconds"]!.GetValue<double>();
    }

    /// <summary>What a checkpoint's timeline has behind it that its recipe does not tell; none in checkpoints of earlier versions.</summary>
    public static IReadOnlyList<TimelinePoint> Past(JsonObject? state) => state?["timeline"] is JsonArray points
        ? [.. points.Select(p => new TimelinePoint(p![0]!.GetValue<long>(), p[1]!.GetValue<long>()))] : [];

    private static void Copy(CheckpointStore store, int step, string name, IReadOnlyDictionary<string, Tensor> into)
    {
        var from = store.LoadTensors(step, name);
        foreach (var (key, tensor) in into)
        {
            if (!from.TryGetValue(key, out var saved) || !saved.shape.SequenceEqual(tensor.shape))
                throw new RecipeException($"checkpoint of step {step}: {name}.safetensors has {(saved is null ? "no" : $"a [{string.Join(", ", saved.shape)}]")} tensor '{key}'; expected [{string.Join(", ", tensor.shape)}]");
            tensor.copy_(saved);
        }
        foreach (var tensor in from.Values)
            tensor.Dispose();
    }
}

/// <summary>Sums over a run that survive a restart.</summary>
internal sealed class TrainingProgress
{
    public long Tokens { get; set; }

    public int SkippedInARow { get; set; }

    public double Seconds { get; set; }
}
