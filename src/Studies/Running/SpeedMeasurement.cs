using MoELab.Runs.Folder;
using MoELab.Runs.Reading;
using MoELab.Studies.Definition;
using MoELab.Studies.Planning;

namespace MoELab.Studies.Running;

/// <summary>
/// What a budget of time needs: the seconds of a step of each arm, measured by a short run of it beside the others, as in the study itself. It is
/// measured once and kept, so that a study that goes on later has the same steps.
/// </summary>
internal static class SpeedMeasurement
{
    private const int Steps = 24, Skipped = 8;

    /// <summary>The plan with the steps that the budget gives; the plan itself where its budget is none of time, or all is measured.</summary>
    /// <exception cref="RunException">A measuring run failed.</exception>
    public static async Task<StudyPlan> Complete(Lab lab, StudyPlan plan, CancellationToken stop)
    {
        if (plan.Study.Budget is not { Unit: BudgetUnit.Seconds })
            return plan;
        var speed = StudySpeed.Read(plan.Folder);
        var arms = plan.Arms.Where(a => speed.SecondsPerStep(a.Recipe) is null).ToArray();
        if (arms.Length == 0)
            return plan;
        using var training = StopScope.Join(stop);
        var group = new RunGroup($"{plan.Study.Name}: speed of each arm", arms.Length);
        var seconds = new double[arms.Length];
        var work = group.Begin([.. arms.Select(a => a.Name)], plan.Processes, async (i, begun) =>
        {
            var recipe = arms[i].Recipe;
            recipe = recipe with { Training = recipe.Training with { Steps = Steps, EvalEvery = 0, EvalFinalTokens = 0, CheckpointEvery = 0 } };
            var run = TrainingProcess.Start(lab, recipe, $"{plan.Study.Name}-{arms[i].FileName}-speed", null, group.Preparing);
            begun(run);
            using var registration = training.Stop.Register(run.Stop);
            await run.Completion.ConfigureAwait(false);
            // The first steps compile and allocate.
            seconds[i] = RunFigures.Median([.. run.Metrics["seconds/step"].Values.Skip(Skipped)]);
            Directory.Delete(run.FullPath, recursive: true);
        }, training.Stop);
        RunGroups.Of(lab).Begin(group);
        await work.ConfigureAwait(false);
        try
        {
            Directory.CreateDirectory(plan.Folder);
            foreach (var (i, arm) in arms.Index())
                speed.Write(plan.Folder, arm.Recipe, seconds[i]);
        }
        catch (Exception e) when (DiskError.Is(e))
        {
            throw new RunException($"study '{plan.Study.Name}': its folder '{plan.Folder}' cannot be written ({DiskError.Reason(e)})", e);
        }
        return StudyPlanner.Again(plan, lab.Plugins);
    }
}
