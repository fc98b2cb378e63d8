using MoELab.Recipes.Lengths;
using MoELab.Studies.Definition;

namespace MoELab.Studies.Planning;

/// <summary>What stops a study before it costs anything.</summary>
internal static class StudyGuards
{
    private static readonly string[] Text =
        ["data.corpus", "data.sources", "data.max_bytes_per_domain", "data.min_document_tokens", "data.shuffle_tokens", "training.eval_tokens"];
    private static readonly string[] Units = ["data.tokenizer", "model.vocabulary"];

    /// <exception cref="InputException">The first thing that is wrong.</exception>
    public static void Check(Study study, IReadOnlyList<ResolvedArm> arms, Func<ResolvedArm, string>? hash = null)
    {
        Seeds(study, arms);
        Names(arms);
        foreach (var arm in arms)
            Owned(study, arm);
        Different(arms, hash ?? (a => a.Hash));
        foreach (var arm in arms.Skip(1))
            Stated(study, arms[0], arm);
        Budget(study, arms);
        Comparable(study, arms);
        Logged(study, arms);
        ClaimGuards.Check(study, arms);
    }

    private static void Seeds(Study study, IReadOnlyList<ResolvedArm> arms)
    {
        var seeds = study.EffectiveSeeds;
        if (seeds.GroupBy(s => s).FirstOrDefault(g => g.Count() > 1) is { } twice)
            throw new InputException($"seeds: {twice.Key} occurs {(twice.Count() == 2 ? "twice" : $"{twice.Count()} times")}; "
                + "two runs of one seed are the same run, so expected each seed once");
        if (seeds.Count == 0 || seeds.Any(s => s < 0))
            throw new InputException("seeds: expected at least one, from 0 up");
        if (seeds.Count == 1 && study.Difference > 0 && arms.Count > 1)
            throw new InputException($"seeds: one seed gives no interval, and 'difference: {study.Difference.ToString("R", CultureInfo.InvariantCulture)}' asks for one; "
                + "expected at least 2 seeds, or no 'difference'");
    }

    private static void Names(IReadOnlyList<ResolvedArm> arms)
    {
        foreach (var arm in arms)
            if (arm.FileName.Length == 0)
                throw new InputException($"arm '{arm.Name}': its name has no letter or digit, so its runs could not be named");
        if (arms.GroupBy(a => a.FileName, StringComparer.Ordinal).FirstOrDefault(g => g.Count() > 1) is { } alike)
            throw new InputException($"arms '{alike.First().Name}' and '{alike.ElementAt(1).Name}': their runs would have one name ('{alike.Key}'); "
                + "expected names that differ in letters or digits");
    }

    private static void Different(IReadOnlyList<ResolvedArm> arms, Func<ResolvedArm, string> hash)
    {
        foreach (var same in arms.GroupBy(hash, StringComparer.Ordinal).Where(g => g.Count() > 1))
        {
            var (a, b) = (same.First(), same.ElementAt(1));
            throw new InputException((a.Recipe with { Name = "" }).Equals(b.Recipe with { Name = "" })
                ? $"arms '{a.Name}' and '{b.Name}': their recipes are equal, so there is nothing to compare; expected a difference"
                : $"arms '{a.Name}' and '{b.Name}': their recipes differ and have one hash ({same.Key}); change a value that does not matter, "
                    + "such as training.keep_checkpoints, in one of them");
        }
    }

    private static void Stated(Study study, ResolvedArm first, ResolvedArm arm)
    {
        // A budget of compute gives each arm its own number of steps.
        string[] stated = [.. first.Named, .. arm.Named, .. study.Differs, "name", .. study.Budget is null ? Array.Empty<string>() : ["training.steps"]];
        var unstated = arm.Recipe.Diff(first.Recipe).Where(d => !stated.Any(s => Covers(s, d.Path))).ToArray();
        if (unstated.Length > 0)
            throw new InputException($"arm '{arm.Name}': differs from '{first.Name}' in more than the study says: "
                + string.Join("; ", unstated.Take(4).Select(d => $"{d.Path} is {d.Left ?? "not set"} and not {d.Right ?? "not set"}"))
                + (unstated.Length > 4 ? $"; and {unstated.Length - 4} more" : "")
                + $"; name {(unstated.Length == 1 ? "it" : "them")} in the arm or under 'differs'");
    }

    // Another plugin has other options, and an optimizer that moves other parameters brings its own.
    private static bool Covers(string stated, string path)
    {
        if (path == stated || path.StartsWith(stated + ".", StringComparison.Ordinal) || path.StartsWith(stated + "[", StringComparison.Ordinal))
            return true;
        if (stated.EndsWith(".name", StringComparison.Ordinal))
            return path.StartsWith(stated[..^4], StringComparison.Ordinal);
        return stated.StartsWith("optimizer.groups", StringComparison.Ordinal) && path.StartsWith("optimizer.", StringComparison.Ordinal);
    }

    private static void Owned(Study study, ResolvedArm arm)
    {
        string[] owned = study.Budget is null ? ["training.seed", "training.threads"] : ["training.seed", "training.threads", "training.steps"];
        if (arm.Named.FirstOrDefault(owned.Contains) is { } path)
            throw new InputException($"arm '{arm.Name}': sets {path}, which the study sets for all arms "
                + $"({(path == "training.seed" ? "seeds" : path == "training.threads" ? "threads" : "budget")})");
    }

    private static void Budget(Study study, IReadOnlyList<ResolvedArm> arms)
    {
        if (study.Budget is not null)
            return;
        static bool Says(string path) => path is "training.steps" or "training.tokens_per_step" or "training.batch_steps";
        var tokens = arms.Select(a => new TrainingTimeline(a.Recipe.Training).TotalTokens).ToArray();
        for (var i = 1; i < arms.Count; i++)
            if (tokens[i] != tokens[0] && !study.Differs.Any(Says))
                throw new InputException(FormattableString.Invariant(
                    $"arm '{arms[i].Name}': trains on {tokens[i]:#,0} tokens and '{arms[0].Name}' on {tokens[0]:#,0}; expected a 'budget' for all arms, ")
                    + "or training.steps under 'differs'");
    }

    private static void Comparable(Study study, IReadOnlyList<ResolvedArm> arms)
    {
        var perByte = study.Metric.Contains("bits_per_byte", StringComparison.Ordinal);
        if (!perByte && !study.Metric.Split('/').Contains("loss"))
            return;
        foreach (var arm in arms.Skip(1))
        {
            var paths = arm.Recipe.Diff(arms[0].Recipe).Select(d => d.Path).ToArray();
            if (paths.FirstOrDefault(p => Text.Any(t => p == t || p.StartsWith(t + ".", StringComparison.Ordinal))) is { } text)
                throw new InputException($"arm '{arm.Name}': differs from '{arms[0].Name}' in {text}, so the two are evaluated on different text, "
                    + $"and {study.Metric} cannot be compared; expected the same data");
            if (!perByte && paths.FirstOrDefault(Units.Contains) is { } unit)
                throw new InputException($"arm '{arm.Name}': differs from '{arms[0].Name}' in {unit}, so a token is not the same text, and {study.Metric} "
                    + "(per token) cannot be compared; expected metric: eval/bits_per_byte");
        }
    }

    private static void Logged(Study study, IReadOnlyList<ResolvedArm> arms)
    {
        string[] ofExperts = ["max_vio", "experts", "router", "bias", "bias_step", "load", "purity", "purity_control", "nmi", "nmi_control"];
        foreach (var arm in arms)
        {
            if (study.Metric.StartsWith("eval_final/", StringComparison.Ordinal) && arm.Recipe.Training.EvalFinalTokens == 0)
                throw new InputException($"metric '{study.Metric}': arm '{arm.Name}' does not log it, as its training.eval_final_tokens is 0");
            if (study.Metric == "experts/null_share" && arm.Recipe.Model.NullExperts == 0)
                throw new InputException($"metric '{study.Metric}': arm '{arm.Name}' does not log it, as its model.null_experts is 0");
            if (arm.Recipe.Model.MoELayers == 0 && study.Metric.Split('/').Any(ofExperts.Contains))
                throw new InputException($"metric '{study.Metric}': arm '{arm.Name}' does not log it, as its model has no MoE layer");
        }
    }
}
