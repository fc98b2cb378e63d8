using MoELab.Runs.Reading;

namespace MoELab.Live;

/// <summary>The actions of a card's buttons.</summary>
internal static class RunActions
{
    /// <summary>The comm target of a card's script.</summary>
    public const string Target = "moelab.run";

    /// <summary>Acts on a run.</summary>
    /// <returns>One sentence about what happens now.</returns>
    /// <exception cref="InputException">No such run or action, or the run is not training.</exception>
    public static string Act(Lab lab, string path, string action)
    {
        var run = new Run(RunReader.Open(path).FullPath, lab);
        if (run.Status is not RunStatus.Running)
            throw new InputException($"run '{run.Name}' is not training; it is {run.Status.ToString().ToLowerInvariant()}");
        var (act, sentence) = action switch
        {
            "stop" => ((Action)run.Stop, "stops after this step, with a checkpoint"),
            "pause" => (run.Pause, "pauses before the next step"),
            "continue" => (run.Continue, "continues"),
            "checkpoint" => (run.Checkpoint, "saves a checkpoint after the next step"),
            _ => throw new InputException($"unknown action '{action}'; expected stop, pause, continue or checkpoint"),
        };
        act();
        return sentence;
    }
}
