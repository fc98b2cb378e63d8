using MoELab.Runs.Reading;

namespace MoELab.Query;

/// <summary>The tables over the run folders, but <c>steps</c>, whose columns are the runs' own metrics.</summary>
internal static class RunTables
{
    public static IReadOnlyList<RunTable> All { get; } =
    [
        new("runs", "one row per run: how far it is, its recipe's main values, its last figures",
        [
            ("run", "VARCHAR", "the run's name"), ("status", "VARCHAR", "empty, running, interrupted, failed, stopped, finished"),
            ("step", "INTEGER", "the last logged step"), ("steps", "INTEGER", "steps of the recipe"),
            ("loss", "DOUBLE", "training loss, mean over the last tenth of the steps"),
            ("last_loss", "DOUBLE", "training loss of the last step"),
            ("bits_per_byte", "DOUBLE", "held-out bits per byte of the last evaluation"),
            ("max_vio", "DOUBLE", "MaxVio, mean over layers and the last tenth of the steps"),
            ("tokens_per_second", "DOUBLE", "training tokens per second, median over the steps"),
            ("tokens", "BIGINT", "training tokens so far"), ("seconds", "DOUBLE", "seconds since training started"),
            ("recipe", "VARCHAR", "the recipe's name"), ("hash", "VARCHAR", "the recipe's hash"), ("balancer", "VARCHAR", "balancer"),
            ("router", "VARCHAR", "router"), ("optimizer", "VARCHAR", "optimizer of the hidden matrices"),
            ("losses", "VARCHAR", "auxiliary losses, separated by commas"), ("layers", "INTEGER", "layers in all"),
            ("experts", "INTEGER", "routed experts per layer"), ("active_experts", "INTEGER", "routed experts per token"),
            ("d_model", "INTEGER", "width"),
            ("seed", "BIGINT", "seed"), ("started", "TIMESTAMP", "first event, UTC"), ("changed", "TIMESTAMP", "last event, UTC"),
            ("damaged", "VARCHAR", "damaged rows of its logs, which every table leaves out"),
        ], ["recipe.yaml", "metrics.jsonl", "events.jsonl", "routing.bin"], r => [Summary(r)]),
        new("recipes", "every value of every run's recipe: run, path, value",
            [("run", "VARCHAR", "the run's name"), ("path", "VARCHAR", "dotted path, such as balancer.kappa"),
                ("value", "VARCHAR", "value as text")], ["recipe.yaml"],
            r => r.HasRecipe ? RecipeTree.Leaves(r.Recipe.ToTree(), "").Select(l => (object?[])[r.Name, l.Path, l.Value]) : []),
        new("counts", "training tokens per run, step, layer and expert",
        [
            ("run", "VARCHAR", "the run's name"), ("step", "INTEGER", "optimizer step, from 1"), ("layer", "INTEGER", "MoE layer, from 0"),
            ("expert", "INTEGER", "expert, from 0"), ("count", "BIGINT", "tokens that chose it"),
        ], ["routing.bin"], Counts),
        new("events", "what happened to the runs: starts, swaps, alerts, ends",
        [
            ("run", "VARCHAR", "the run's name"), ("time", "TIMESTAMP", "UTC"), ("step", "INTEGER", "optimizer step"),
            ("kind", "VARCHAR", "start, swap, set, alert, ack, checkpoint, finish and others"),
            ("message", "VARCHAR", "one sentence"), ("data", "VARCHAR", "further data as JSON"),
        ], ["events.jsonl"], r => r.Events.Select(e => (object?[])[r.Name, e.Time?.UtcDateTime, e.Step, e.Word, e.Message, e.Data?.ToJsonString()])),
    ];

    private static object?[] Summary(RunReader r)
    {
        var recipe = r.RecipeOrNull;
        var figures = RunFigures.Of(r);
        var times = r.Events.Where(e => e.Time is not null).Select(e => e.Time!.Value.UtcDateTime).ToArray();
        return
        [
            r.Name, r.Status.ToString().ToLowerInvariant(), r.Step, recipe?.Training.Steps,
            figures.Loss, figures.LastLoss, figures.BitsPerByte, figures.MaxVio, figures.TokensPerSecond, (long?)figures.Tokens, figures.Seconds,
            recipe?.Name, recipe?.Hash(), recipe?.Balancer.Name, recipe?.Router.Name, recipe?.Optimizer.Groups.GetValueOrDefault("hidden"),
            recipe is null ? null : string.Join(",", recipe.Losses.Keys), recipe?.Model.Layers, recipe?.Model.Experts,
            recipe?.Model.ActiveExperts, recipe?.Model.DModel,
            recipe?.Training.Seed, times.Length > 0 ? times[0] : null, times.Length > 0 ? times[^1] : null,
            r.Damaged is { Count: > 0 } damaged ? string.Join("; ", damaged) : null,
        ];
    }

    private static IEnumerable<object?[]> Counts(RunReader r)
    {
        if (r.Routing is not { } routing)
            yield break;
        foreach (var (step, counts) in routing.Read(routing.Steps))
            for (var layer = 0; layer < routing.Layers; layer++)
                for (var expert = 0; expert < routing.Experts; expert++)
                    yield return [r.Name, step, layer, expert, counts[layer, expert]];
    }
}
