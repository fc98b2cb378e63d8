using MoELab.Studies.Definition;
using MoELab.Studies.Planning;
using MoELab.Studies.Reports;
using MoELab.Studies.Running;

namespace MoELab.Studies;

/// <summary>Builds, plans and runs a study: <c>lab.Study("lab-tiny").Arms("smebu", "sign-bias").Seeds(5).Plan()</c>.</summary>
public static class StudyActions
{
    /// <summary>The study with its arms: balancers by name, <c>(name, options)</c>, recipes, or <see cref="Arm.Set"/>. The first is what the others are compared with.</summary>
    public static Study Arms(this Study study, params Arm[] arms) => study with { Arms = arms };

    /// <summary>The study with an axis that multiplies its arms.</summary>
    /// <param name="study">The study.</param>
    /// <param name="path">A recipe path, such as <c>balancer.kappa</c>.</param>
    /// <param name="values">Its values.</param>
    public static Study Grid(this Study study, string path, params object[] values) => study with
    {
        Grid = [.. study.Grid, new GridAxis { Path = path, Values = [.. values.Select(v => System.Text.Json.JsonSerializer.SerializeToNode(v, OptionsBinder.Json))] }],
    };

    /// <summary>The study with a number of seeds, from the recipe's own upwards.</summary>
    /// <exception cref="InputException">Fewer than one.</exception>
    public static Study Seeds(this Study study, int count) => count >= 1
        ? study with { Seeds = Study.SeedsOf(study.Base, count) }
        : throw new InputException($"seeds: {count}; expected at least one");

    /// <summary>The study with these seeds.</summary>
    public static Study Seeds(this Study study, params long[] seeds) => study with { Seeds = seeds };

    /// <summary>The study with what each run may spend: <c>"300 steps"</c>, <c>"2M tokens"</c>, <c>"1.5e15 FLOPs"</c>, <c>"10 minutes"</c>.</summary>
    /// <exception cref="InputException">The text is no budget.</exception>
    public static Study Budget(this Study study, StudyBudget budget) => study with { Budget = budget };

    /// <summary>The study with its question, in words.</summary>
    public static Study Asks(this Study study, string question) => study with { Question = question };

    /// <summary>The study with the metric that decides, smaller being better, and the smallest difference in it that matters.</summary>
    /// <param name="study">The study.</param>
    /// <param name="metric">A metric as runs log it, such as <c>eval/bits_per_byte</c>.</param>
    /// <param name="difference">In the metric's unit; 0: not said.</param>
    public static Study Decides(this Study study, string metric, double difference = 0) => study with { Metric = metric, Difference = difference };

    /// <summary>The study with recipe paths in which its arms may differ beside those that they name.</summary>
    public static Study MayDiffer(this Study study, params string[] paths) => study with { Differs = [.. study.Differs, .. paths] };

    /// <summary>The study under another name.</summary>
    public static Study Named(this Study study, string name) => study with { Name = name };

    /// <summary>What the study will do; nothing is trained.</summary>
    /// <exception cref="InputException">Something that would make the study worthless.</exception>
    public static StudyPlan Plan(this Study study) => StudyPlanner.Plan(study, LabOf(study).RunsDirectory, LabOf(study).Plugins);

    /// <summary>
    /// Trains what is left of the study, as many runs at once as there are cores for, and compares. A study that was stopped or killed goes on where
    /// it was; a run that fails is a result and stops no other.
    /// </summary>
    /// <param name="study">The study.</param>
    /// <param name="retry">Whether runs that failed are tried again.</param>
    /// <param name="stop">Stops every run at its next step boundary; the study then ends as cancelled.</param>
    /// <exception cref="InputException">By the call: something that would make the study worthless, or another process runs it.</exception>
    /// <exception cref="RunException">By its task: the disk is full, or an arm does not log the study's metric.</exception>
    public static Task<StudyReport> Run(this Study study, bool retry = false, CancellationToken stop = default)
    {
        var plan = study.Plan();
        if (plan.Left.Count > 0)
            plan.Noise?.Require(study);
        return Train(LabOf(study), plan, retry, stop);
    }

    /// <summary>The results so far, compared; nothing is trained.</summary>
    /// <exception cref="InputException">Something that would make the study worthless.</exception>
    public static StudyReport Report(this Study study) => new(study.Plan());

    private static async Task<StudyReport> Train(Lab lab, StudyPlan plan, bool retry, CancellationToken stop)
    {
        plan = await SpeedMeasurement.Complete(lab, plan, stop).ConfigureAwait(false);
        var notes = await new StudyRunner(lab, plan, retry).Run(stop).ConfigureAwait(false);
        return new StudyReport(StudyPlanner.Again(plan, lab.Plugins)) { Notes = notes };
    }

    private static Lab LabOf(Study study) => study.Lab
        ?? throw new InputException($"study '{study.Name}': belongs to no lab; begin with lab.Study(...)");
}
