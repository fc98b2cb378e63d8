using MoELab.Data.Preparation;
using MoELab.Plugins;
using MoELab.Runs.Folder;
using MoELab.Training.Checkpoints;
using MoELab.Training.Metrics;
using MoELab.Training.Steps;

namespace MoELab.Training.Ranks;

/// <summary>A rank other than 0: it trains its share of every step, and writes nothing.</summary>
internal static class FollowingRank
{
    /// <summary>Follows rank 0 from where it begins to the end of the run.</summary>
    /// <exception cref="MoELabException">This rank cannot do what rank 0 does; the others cannot go on without it.</exception>
    public static void Run(PluginCatalog catalog, IProcessGroup group)
    {
        var link = new RankLink(group);
        var begin = link.Receive();
        if (begin.Count == 0)
            return;
        var (run, step) = ((string)begin["run"]!, (int)begin["step"]!);
        RequireSame("the program", (string?)begin["code"], RunEnvironment.CoreHash);
        // Rank 0 has decided that they may run.
        catalog = catalog.ForRun((string?)begin["plugins"] ?? run, trust: true);
        var recipe = Recipe.FromTree((JsonObject)begin["recipe"]!);
        var bound = BoundRecipe.Of(recipe, catalog);
        RequireSame("the recipe with its plugins' options", recipe.Hash(), bound.Recipe.Hash());
        ComputeSetup.Apply(bound.Recipe.Training, Threads(bound.Recipe.Training, (int?)begin["threads"]));
        using var corpus = PreparedCorpus.Prepare(bound.Recipe.Data, catalog);
        var store = begin["store"] is { } folder ? new CheckpointStore((string)folder!) : null;
        var state = store?.LoadState(step);
        using var parts = new TrainingParts(bound, catalog, corpus, group, TrainingCheckpoint.Past(step, begin["timeline"] as JsonObject), (string)begin["kernel"]!);
        if (store is not null && state is not null)
            TrainingCheckpoint.Load(store, step, state, parts, new Evaluator(parts), new GradientHistory(), new TrainingProgress());
        Follow(parts, link, run, step + 1, begin["start"] is JsonObject start ? Recipe.FromTree(start) : null);
    }

    /// <summary>Threads of a rank: the recipe's, or its part of the machine's cores.</summary>
    public static int Threads(TrainingRecipe training, int? saved = null)
    {
        if (saved is { } threads || (threads = training.Threads) > 0)
            return threads;
        // Slurm writes how many each node has as 2(x4), or as 2,1.
        var here = Environment.GetEnvironmentVariable("OMPI_COMM_WORLD_LOCAL_SIZE")
            ?? Environment.GetEnvironmentVariable("SLURM_STEP_TASKS_PER_NODE")?.Split('(', ',')[0];
        return int.TryParse(here, NumberStyles.None, CultureInfo.InvariantCulture, out var ranks) && ranks > 0 ? Math.Max(1, Environment.ProcessorCount / ranks) : 0;
    }

    private static void Follow(TrainingParts parts, RankLink link, string run, int first, Recipe? start)
    {
        if (start is not null)
        {
            parts.Change(parts.Bind(start, run), run, first);
            link.Streams(parts);
        }
        var runner = new StepRunner(parts);
        for (var step = first; step <= parts.Recipe.Training.Steps; step++)
        {
            var order = Next();
            if (order == RankOrder.Save)
                link.Streams(parts);
            if (order != RankOrder.Step)
                return;
            using (torch.NewDisposeScope())
                runner.Run(step);
            if (Next() == RankOrder.Save)
                link.Streams(parts);

            RankOrder Next()
            {
                while (true)
                {
                    var (next, recipe) = link.Hear();
                    if (recipe is not null)
                        parts.Change(parts.Bind(recipe, run), run, step);
                    if (next != RankOrder.Wait)
                        return next;
                }
            }
        }
    }

    private static void RequireSame(string what, string? theirs, string ours)
    {
        if (theirs != ours)
            throw new InputException($"{what} differs from that of rank 0 ({ours} and {theirs}); expected the same on every node");
    }
}
