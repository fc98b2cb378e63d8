using MoELab.Runs.Reading;

namespace MoELab.Live;

/// <summary>What the buttons of a card ask for.</summary>
internal static class RunActions
{
    /// <summary>The comm target under which a card's script asks.</summary>
    public const string Target = "moelab.run";

    /// <summary>Acts on a run.</summary>
    /// <returns>One sentence about what happens now.</returns>
    /// <exception cref="InputException">No such run or action, or the run does not train.</exception>
    public static string Act(Lab lab, string path, string action)
    {
        var run = new Run(RunReader.Open(path).FullPath, lab);
        if (run.Status is not RunStatus.Running)
            throw new InputException($"run '{run.Name}' does not train, it is {run.Status.ToString().ToLowerInvariant()}");
        switch (action)
        {
            case "stop":
                run.Stop();
                return "stops after this step, with a checkpoint";
            case "pause":
                run.Pause();
                return "pauses before the next step";
            case "continue":
                run.Continue();
                return "continues";
            case "checkpoint":
                run.Checkpoint();
                return "saves a checkpoint after the next step";
            default:
                throw new InputException($"action '{action}': unknown; expected stop, pause, continue or checkpoint");
        }
    }
}
