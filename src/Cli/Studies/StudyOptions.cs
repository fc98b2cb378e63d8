using MoELab.Studies.Definition;
using MoELab.Studies.Files;
using MoELab.Studies.Planning;
using MoELab.Studies.Results;

namespace MoELab.Cli.Studies;

/// <summary>Options that the commands about studies share.</summary>
/// <param name="file">Whether the command takes a study.</param>
internal sealed class StudyOptions(bool file = true)
{
    private readonly Argument<string> _study = new("STUDY") { Description = "a study's YAML file, or the name of a study that was run before" };
    private readonly Option<int?> _seeds = CliOptions.Of<int?>("--seeds", "how many seeds, from the recipe's own upwards, instead of the study's", "N");
    private readonly Option<string?> _budget = CliOptions.Of<string?>("--budget", "what each run may spend instead: '300 steps', '2M tokens', '1.5e15 FLOPs', '10 minutes'", "BUDGET");
    private readonly Option<int?> _processes = CliOptions.Of<int?>("--processes", "runs that train at once (default: the study's, or as many as there are cores for)", "N");

    public Option<string> Runs { get; } = RunOptions.Runs();

    public Option<bool> Json { get; } = CliOptions.Json();

    public Option<string[]> Set { get; } = CliOptions.Set();

    public Option<bool> AnyCode { get; } = new("--any-code") { Description = "count runs that another version of the program trained" };

    public Command AddTo(Command command)
    {
        if (file)
            command.Add(_study);
        foreach (var option in new Option[] { Set, _seeds, _budget, _processes, AnyCode, Runs, Json })
            command.Add(option);
        return command;
    }

    /// <summary>The rungs of the study with their plans; a study without rungs is one.</summary>
    public (Ladder Ladder, IReadOnlyList<StudyPlan> Plans) Plans(CliContext context, ParseResult parsed)
    {
        var (name, runs) = (parsed.GetValue(_study)!, parsed.GetValue(Runs)!);
        var ladder = StudyYaml.LoadLadder(PathOf(name, runs));
        ladder = ladder with
        {
            Rungs = [.. ladder.Rungs.Select(r => r with
            {
                Study = Change(parsed, r.Study with { Base = RecipeTree.WithAll(r.Study.Base, parsed.GetValue(Set)!) }),
            })],
        };
        return (ladder, [.. ladder.Rungs.Select(r => StudyPlanner.Plan(r.Study, runs, context.Catalog, parsed.GetValue(AnyCode)))]);
    }

    /// <summary>The study with the options that change it.</summary>
    public Study Change(ParseResult parsed, Study study)
    {
        if (parsed.GetValue(_seeds) is { } seeds)
            study = seeds is >= 1 and <= 10_000 ? study with { Seeds = Study.SeedsOf(study.Base, seeds) }
                : throw new InputException($"--seeds: {seeds} is out of range; expected 1 to 10000");
        if (parsed.GetValue(_budget) is { } budget)
            study = study with { Budget = StudyBudget.Parse(budget) };
        return parsed.GetValue(_processes) is { } processes ? study with { Processes = processes } : study;
    }

    /// <summary>The plan with the results that are recorded beside the study's file.</summary>
    public StudyPlan Recorded(CliContext context, ParseResult parsed, StudyPlan plan) => StudyPlanner.Recorded(plan.Study,
        StudyRecord.Read(FileOf(parsed), plan.Study.Name), plan.Runs, context.Catalog);

    /// <summary>The study's file, beside which its results are recorded.</summary>
    public string FileOf(ParseResult parsed) => parsed.GetValue(_study) is { } file && File.Exists(file) ? file
        : throw new InputException($"study '{parsed.GetValue(_study)}': results are recorded beside a study's file; expected a YAML file, not a name");

    private static string PathOf(string name, string runs)
    {
        if (File.Exists(name))
            return name;
        var kept = Path.Combine(StudyPlanner.FolderOf(runs, name), "study.yaml");
        if (File.Exists(kept))
            return kept;
        var folder = Path.Combine(runs, "studies");
        string[] known = Directory.Exists(folder) ? [.. Directory.EnumerateDirectories(folder).Select(d => Path.GetFileName(d))] : [];
        throw new InputException($"study '{name}': no such file, and no study of that name in '{folder}'" + (known.Length == 0 ? "" : Names.Hint(name, known)));
    }
}
