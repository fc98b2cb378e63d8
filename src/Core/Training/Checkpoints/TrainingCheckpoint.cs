using MoELab.Plugins;
using MoELab.Recipes.Input;
using MoELab.Recipes.Lengths;
using MoELab.Runs.Folder;
using MoELab.Training.Metrics;
using MoELab.Training.Steps;

namespace MoELab.Training.Checkpoints;

/// <summary>What of a training goes into a checkpoint and comes back: weights, optimizer and balancer state, data position, histories.</summary>
internal static class TrainingCheckpoint
{
    // Far beyond any run, and sums of it are numbers still.
    private const long MostTokens = 1L << 60;

    /// <param name="store">Where checkpoints lie.</param>
    /// <param name="step">The step that was trained last.</param>
    /// <param name="parts">Weights and states.</param>
    /// <param name="stream">The place of all ranks in the data.</param>
    /// <param name="evaluator">The choices of the last evaluation.</param>
    /// <param name="history">Norms of gradients.</param>
    /// <param name="alerts">Counts of alerts.</param>
    /// <param name="progress">Tokens and seconds.</param>
    public static void Save(CheckpointStore store, int step, TrainingParts parts, JsonObject stream, Evaluator evaluator, GradientHistory history,
        AlertWatch alerts, TrainingProgress progress)
    {
        using var scope = torch.NewDisposeScope();
        var files = new Dictionary<string, IReadOnlyDictionary<string, Tensor>>
        {
            ["model"] = parts.Model.Parameters.ToDictionary(p => p.Name, p => p.Value.detach()),
            ["balancer"] = parts.BalancerState.Tensors,
        };
        if (parts.RouterState is { } router)
            files["router"] = router.Tensors;
        if (parts.Counts.Save() is { } counts)
            files["counts"] = new Dictionary<string, Tensor> { ["steps"] = counts };
        foreach (var slot in parts.Optimizers)
            files[$"optimizer-{slot.Name}"] = slot.State.Tensors;
        if (evaluator.LastChoices.Length > 0)
            files["probe"] = evaluator.LastChoices.Select((c, l) => (c, l)).ToDictionary(p => $"layer-{p.l}", p => torch.tensor(p.c));
        var state = new JsonObject
        {
            ["step"] = step,
            ["recipe"] = parts.Recipe.ToTree(),
            ["stream"] = stream,
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

    public static void Load(CheckpointStore store, int step, JsonObject state, TrainingParts parts, Evaluator evaluator, GradientHistory history,
        TrainingProgress progress)
    {
        using var noGrad = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var saved = CheckpointStore.Field(step, state);
        Copy(store, step, "model", parts.Model.Parameters.ToDictionary(p => p.Name, p => p.Value));
        Copy(store, step, "balancer", parts.BalancerState.Tensors);
        if (parts.RouterState is { } router)
            Copy(store, step, "router", router.Tensors);
        foreach (var slot in parts.Optimizers)
        {
            Copy(store, step, $"optimizer-{slot.Name}", slot.State.Tensors);
            slot.State.Steps = saved["optimizer_steps"][slot.Name].Int(0, int.MaxValue);
        }
        if (saved["files"]["counts.safetensors"].Exists && store.LoadTensors(step, "counts").TryGetValue("steps", out var counts))
            parts.Counts.Load(counts);
        if (saved["files"]["probe.safetensors"].Exists)
        {
            var probe = store.LoadTensors(step, "probe");
            evaluator.LastChoices = [.. Enumerable.Range(0, probe.Count).Select(layer => Choices(probe, layer, step))];
        }
        var stream = saved["stream"].AsObject();
        RecipeValidator.Located(saved.File, () => parts.Stream.LoadState(stream));
        history.Load(saved["grad_norms"].Items().Select(n => n.Number()));
        progress.Tokens = saved["tokens_total"].Whole();
        progress.SkippedInARow = saved["skipped_in_a_row"].Int(0, int.MaxValue);
        progress.Seconds = saved["seconds"].Number();
    }

    /// <summary>The recipe that a checkpoint was written under.</summary>
    /// <exception cref="InputException">Its state holds none that can be used.</exception>
    public static Recipe RecipeOf(int step, JsonObject state)
    {
        var recipe = CheckpointStore.Field(step, state)["recipe"];
        try
        {
            return Recipe.FromTree(recipe.AsObject());
        }
        catch (MoELabException e) when (recipe.Node is JsonObject)
        {
            throw new InputException($"{recipe.File}: recipe: {e.Message}", e);
        }
    }

    private static long[] Choices(IReadOnlyDictionary<string, Tensor> probe, int layer, int step) =>
        probe.TryGetValue($"layer-{layer}", out var choice) && choice.dtype == torch.ScalarType.Int64 ? choice.data<long>().ToArray()
            : throw new InputException($"checkpoint of step {step}: probe.safetensors has no tensor 'layer-{layer}' of int64; "
                + "expected one for each layer");

    /// <summary>What a checkpoint's timeline has behind it that its recipe does not tell; none in checkpoints of earlier versions.</summary>
    public static IReadOnlyList<TimelinePoint> Past(int step, JsonObject? state) =>
        state is not null && CheckpointStore.Field(step, state)["timeline"] is { Exists: true } list ? Points(list) : [];

    private static List<TimelinePoint> Points(JsonField list)
    {
        var points = new List<TimelinePoint>();
        foreach (var item in list.Items())
        {
            var point = item.Items("steps and tokens") is [var steps, var tokens] ? new TimelinePoint(steps.Whole(), tokens.Whole())
                : throw item.Unfit("steps and tokens");
            if (points.Count == 0 ? point != new TimelinePoint(0, 0) : point.Steps <= points[^1].Steps || point.Tokens <= points[^1].Tokens
                || point.Tokens > MostTokens)
                throw item.Unfit("steps and tokens that rise from [0,0]");
            points.Add(point);
        }
        return points;
    }

    /// <summary>Copies a checkpoint's tensors into others of the same names and shapes.</summary>
    /// <exception cref="InputException">One is missing or has another shape.</exception>
    public static void Copy(CheckpointStore store, int step, string name, IReadOnlyDictionary<string, Tensor> into)
    {
        var from = store.LoadTensors(step, name);
        foreach (var (key, tensor) in into)
        {
            if (!from.TryGetValue(key, out var saved) || !saved.shape.SequenceEqual(tensor.shape))
                throw new InputException($"checkpoint of step {step}: "
                    + $"{name}.safetensors has {(saved is null ? "no" : $"a [{string.Join(", ", saved.shape)}]")} tensor '{key}'; "
                    + $"expected [{string.Join(", ", tensor.shape)}]");
            tensor.copy_(saved);
        }
        foreach (var tensor in from.Values)
            tensor.Dispose();
    }
}
