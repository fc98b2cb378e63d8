using MoELab.Studies.Definition;
using MoELab.Studies.Files;
using MoELab.Studies.Ladders;
using MoELab.Studies.Planning;
using MoELab.Studies.Reports;

namespace MoELab.Studies;

/// <summary>Builds, plans and runs a ladder: <c>lab.Study("lab-tiny").Arms(...).Ladder("depth-2", "depth-4", "depth-6").Run()</c>.</summary>
public static class LadderActions
{
    /// <summary>The study on several sizes of model, from the smallest to the largest; each keeps its own steps unless the study has a budget.</summary>
    /// <param name="study">The study; its own recipe is not trained.</param>
    /// <param name="rungs">Recipes, such as the presets <c>depth-2</c>, <c>depth-4</c>, <c>depth-6</c>, or <c>lab-tiny</c>, <c>lab-small</c>.</param>
    /// <exception cref="InputException">Fewer than two rungs, or two of one name.</exception>
    public static Ladder Ladder(this Study study, params Recipe[] rungs)
    {
        if (rungs.Length < 2 || rungs.Select(r => r.Name).Distinct().Count() < rungs.Length)
            throw new InputException($"ladder of {string.Join(", ", rungs.Select(r => $"'{r.Name}'"))}: expected at least two rungs with different names");
        return new()
        {
            Name = study.Name,
            Question = study.Question,
            Rungs = [.. rungs.Select(r => new Rung(r.Name, study with { Name = $"{study.Name}-{r.Name}", Base = study.Lab is { } lab ? lab.Checked(r) : r }))],
        };
    }

    /// <summary>A ladder from a study file with <c>rungs</c>.</summary>
    /// <exception cref="InputException">No such file, or it is no study.</exception>
    public static Ladder LadderFile(this Lab lab, string path)
    {
        var ladder = StudyYaml.LoadLadder(path);
        return ladder with { Rungs = [.. ladder.Rungs.Select(r => r with { Study = r.Study with { Lab = lab } })] };
    }

    /// <summary>What each rung will do; nothing is trained.</summary>
    /// <exception cref="InputException">Something that would make a study worthless.</exception>
    public static IReadOnlyList<StudyPlan> Plan(this Ladder ladder) => [.. ladder.Rungs.Select(r => r.Study.Plan())];

    /// <summary>Trains what is left of every rung, one rung after the other, and compares.</summary>
    /// <inheritdoc cref="StudyActions.Run"/>
    public static async Task<LadderReport> Run(this Ladder ladder, bool retry = false, CancellationToken stop = default)
    {
        // What is wrong with the last rung must not show after hours on the first.
        ladder.Plan();
        List<StudyReport> reports = [];
        foreach (var rung in ladder.Rungs)
            reports.Add(await rung.Study.Run(retry, stop).ConfigureAwait(false));
        return new LadderReport(ladder, reports);
    }

    /// <summary>The results so far; nothing is trained.</summary>
    /// <exception cref="InputException">Something that would make a study worthless.</exception>
    public static LadderReport Report(this Ladder ladder) => new(ladder, [.. ladder.Rungs.Select(r => r.Study.Report())]);
}
