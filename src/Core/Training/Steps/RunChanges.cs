namespace MoELab.Training.Steps;

/// <summary>What a run can change between two steps; everything else shapes tensors or data and would break the run's identity.</summary>
internal static class RunChanges
{
    private static readonly string[] Changeable =
    [
        "balancer", "router", "losses", "optimizer", "alerts", "schedule", "training.steps", "training.warmup", "training.decay",
        "training.decay_shape", "training.final_lr", "training.clip_norm", "training.eval_every", "training.eval_tokens",
        "training.eval_final_tokens", "training.checkpoint_every", "training.keep_checkpoints", "training.activation_checkpointing",
        "training.batch_steps", "training.tokens_per_step", "training.micro_batch_tokens",
    ];

    /// <summary>The paths in which two recipes of one run differ.</summary>
    /// <exception cref="InputException">One of them cannot change during a run.</exception>
    public static IReadOnlyList<string> Between(Recipe recipe, Recipe next)
    {
        var changed = recipe.Diff(next).Select(d => d.Path).ToList();
        if (changed.FirstOrDefault(path => !Allow(path)) is { } wrong)
        {
            var key = wrong.EndsWith(".name", StringComparison.Ordinal) ? wrong[..^".name".Length] : wrong;
            throw new InputException($"{key}: cannot change during a run; start another run with this value");
        }
        return changed;
    }

    /// <summary>Whether a run can change the value at a path.</summary>
    public static bool Allow(string path) => IsUnder(path, Changeable);

    /// <summary>Whether a path is one of the given paths, or below one.</summary>
    public static bool IsUnder(string path, params IReadOnlyList<string> others) =>
        others.Any(c => path == c || path.StartsWith(c + ".", StringComparison.Ordinal) || path.StartsWith(c + "[", StringComparison.Ordinal));
}
