using MoELab.Recipes.Lengths;
using MoELab.Studies.Definition;
using MoELab.Studies.Results;

namespace MoELab.Studies.Planning;

/// <summary>What a study will do: arms, what differs between them, the runs that are finished and those that are left, time and disk.</summary>
public sealed record StudyPlan
{
    /// <summary>The study.</summary>
    public required Study Study { get; init; }

    /// <summary>The directory of runs.</summary>
    public required string Runs { get; init; }

    /// <summary>Whether runs that another version of the program trained count as finished.</summary>
    public bool AnyCode { get; init; }

    /// <summary>Where its results are kept.</summary>
    public required string Folder { get; init; }

    /// <summary>Arms with their effective recipes; the first is what the others are compared with.</summary>
    public required IReadOnlyList<ResolvedArm> Arms { get; init; }

    /// <summary>Every run in the order of training: all arms of a seed, then the next seed.</summary>
    public required IReadOnlyList<StudyEntry> Entries { get; init; }

    /// <summary>Runs that are finished, failed ones among them.</summary>
    public required IReadOnlyList<(StudyEntry Entry, StudyResult Result)> Done { get; init; }

    /// <summary>Seconds of training that each arm's run takes on this machine; null where nothing was measured yet.</summary>
    public required IReadOnlyList<double?> SecondsPerRun { get; init; }

    /// <summary>Runs that train at once.</summary>
    public required int Processes { get; init; }

    /// <summary>Bytes that the runs which are left will take: an estimate.</summary>
    public required double Bytes { get; init; }

    /// <summary>The noise of the first arm, as other studies measured it; null where it is not known.</summary>
    public StudyNoise? Noise { get; init; }

    /// <summary>What a reader should know before the study starts.</summary>
    public required IReadOnlyList<string> Notes { get; init; }

    /// <summary>Runs that are left.</summary>
    public IReadOnlyList<StudyEntry> Left => [.. Entries.Where(e => !Done.Any(d => ReferenceEquals(d.Entry, e)))];

    /// <summary>Seconds that are left, with <see cref="Processes"/> runs at once; null where an arm's time is unknown.</summary>
    public double? SecondsLeft
    {
        get
        {
            var each = Left.Select(e => SecondsPerRun[Arms.ToList().IndexOf(e.Arm)]).ToArray();
            return each.Any(s => s is null) ? null : each.Sum(s => s!.Value) / Math.Max(1, Math.Min(Processes, each.Length));
        }
    }

    /// <summary>Columns of <see cref="Rows"/>.</summary>
    public IReadOnlyList<string> Columns => ["arm", "runs", "finished", "steps", "tokens per step", "tokens", "seconds per run"];

    /// <summary>One row per arm.</summary>
    public IReadOnlyList<object?[]> Rows => [.. Arms.Select((a, i) => (object?[])[a.Name, (long)Entries.Count(e => e.Arm == a), (long)Done.Count(d => d.Entry.Arm == a),
        (long)a.Recipe.Training.Steps, a.Recipe.Training.TokensPerStep, new TrainingTimeline(a.Recipe.Training).TotalTokens, SecondsPerRun[i]])];

    /// <summary>What differs between the arms: a path per row, a column per arm.</summary>
    public IReadOnlyList<object?[]> Differences
    {
        get
        {
            var leaves = Arms.Select(a => RecipeTree.Leaves(a.Recipe.ToTree(), "").ToDictionary(l => l.Path, l => l.Value, StringComparer.Ordinal)).ToArray();
            return [.. leaves.SelectMany(l => l.Keys).Distinct().Where(p => p != "name" && leaves.Select(l => l.GetValueOrDefault(p)).Distinct().Count() > 1)
                .Order(StringComparer.Ordinal).Select(p => (object?[])[p, .. leaves.Select(l => l.GetValueOrDefault(p))])];
        }
    }

    /// <summary>Where the study stands, in one sentence.</summary>
    public string Statement()
    {
        var seeds = Study.EffectiveSeeds.Count;
        var arms = Arms.Count == 1 ? "1 arm" : $"{Arms.Count} arms";
        var time = Left.Count == 0 ? "nothing is left to train"
            : (SecondsLeft is { } s ? $"about {Duration(s)} for the {Count(Left.Count)} left" : $"{Count(Left.Count)} left, of a duration that is unknown until the first has ended")
                + FormattableString.Invariant($", {Processes} at once, and about {Bytes / 1e6:#,0} MB of disk");
        return $"{arms} on {seeds} seed{(seeds == 1 ? "" : "s")}: {Count(Entries.Count)}, {Done.Count} finished; {time}.";
    }

    /// <summary>The statement, the arms, their differences and the notes as text.</summary>
    public override string ToString()
    {
        var text = new StringBuilder();
        if (Study.Question.Length > 0)
            text.AppendLine(Study.Question);
        text.AppendLine(Statement()).AppendLine().AppendLine(TextTable.Of(Columns, Rows));
        if (Differences is { Count: > 0 } differences)
            text.AppendLine().AppendLine(TextTable.Of(["path", .. Arms.Select(a => a.Name)], differences));
        foreach (var note in Notes)
            text.AppendLine().Append("note: ").Append(note).AppendLine();
        return text.ToString().TrimEnd();
    }

    internal static string Duration(double seconds) => seconds switch
    {
        < 90 => FormattableString.Invariant($"{seconds:0} s"),
        < 5400 => FormattableString.Invariant($"{seconds / 60:0} min"),
        _ => FormattableString.Invariant($"{seconds / 3600:0.0} h"),
    };

    private static string Count(int runs) => runs == 1 ? "1 run" : $"{runs} runs";
}
