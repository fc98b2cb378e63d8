using MoELab.Cells.RunCells;
using MoELab.Studies;
using MoELab.Studies.Definition;
using MoELab.Studies.Reports;

namespace MoELab.Cells.StudyCells;

/// <summary>Cells with a study in YAML: a cell shows the study's plan, and trains what is left of it with <c>--run</c>.</summary>
/// <param name="lab">The lab that trains.</param>
/// <param name="csharp">The variables of C# cells.</param>
/// <param name="recipes">The language whose recipes a study may start from.</param>
internal sealed class StudyLanguage(Lab lab, ICellVariables csharp, RunLanguage recipes) : YamlLanguage(csharp, "study", "--run")
{
    private const string Known = "study of this notebook";

    public override string Help =>
        "[VARIABLE] [--name NAME] [--run]: shows the plan of the study in YAML on the lines below; --run also trains what is left of it and reports";

    public override async Task<CellResult> Execute(CellInvocation cell, CancellationToken cancel)
    {
        var (variable, name) = Arguments(cell);
        var text = new StudyCell(cell.Body, lab, Find);
        var run = cell.Flag("--run");
        Study study;
        Task<StudyReport>? training = null;
        try
        {
            study = string.IsNullOrWhiteSpace(cell.Body) && variable is not null && run ? Earlier(variable, name)
                : text.Read(name, variable ?? "study");
            var plan = study.Plan();
            Set(study.Name, study);
            cell.Output.Display(StudyTable.Of(plan));
            if (run)
                // The first interrupt stops the runs, by the cell's scope; a second one leaves the cell.
                training = study.Run(stop: CancellationToken.None);
        }
        catch (MoELabException e)
        {
            return new CellResult(text.Error(e.Message, cell.FirstLine));
        }
        if (training is null)
        {
            Keep(variable, study);
            return new CellResult();
        }
        var report = await Ended(training, study, cell, cancel).ConfigureAwait(false);
        Keep(variable, report);
        cell.Output.Result(StudyTable.Of(report));
        return new CellResult();
    }

    public override IEnumerable<CellCompletion> Words(IReadOnlyList<string> before) =>
        Words(before, "the study's name", "train what is left of it now, and report", Defined<Study>(Known));

    public override IEnumerable<CellCompletion> Defined<T>(string what) => base.Defined<T>(what).Concat(recipes.Defined<T>(what));

    protected override YamlCell Read(string body) => new StudyCell(body, lab, Find);

    protected override IYamlSchema Schema(YamlCell text, IReadOnlyList<string> container) => new StudySchema(lab.Plugins, (StudyCell)text);

    protected override bool Find(string name, out object? value) => base.Find(name, out value) || recipes.Get(name, out value);

    private Study Earlier(string variable, string? name)
    {
        var study = (Find(variable, out var value) ? value as Study ?? (value as StudyReport)?.Plan.Study : null) ?? throw new InputException(
            $"#!study {variable} --run: no study '{variable}' in this notebook and no lines below; expected one of them");
        return (name is null ? study : study with { Name = name }) with { Lab = lab };
    }

    // What was trained before an interrupt is kept, and shown.
    private static async Task<StudyReport> Ended(Task<StudyReport> training, Study study, CellInvocation cell, CancellationToken abort)
    {
        try
        {
            return await training.WaitAsync(abort).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!abort.IsCancellationRequested)
        {
            var report = study.Report();
            cell.Output.Print($"stopped: {report.Plan.Left.Count} of {report.Plan.Entries.Count} runs are left; the same cell goes on{Environment.NewLine}",
                error: true);
            return report;
        }
    }
}
