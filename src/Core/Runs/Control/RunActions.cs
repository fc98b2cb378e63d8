using MoELab.Runs.Log;
using MoELab.Runs.Reading;

namespace MoELab.Runs.Control;

/// <summary>What the buttons of a card and of the board do to a run that trains.</summary>
internal static class RunActions
{
    /// <summary>Sends the command of a button.</summary>
    /// <param name="path">The run's folder.</param>
    /// <param name="action">stop, pause, continue or checkpoint.</param>
    /// <returns>What the run does now, to follow its name.</returns>
    /// <exception cref="InputException">No such run or action, or the run is not training.</exception>
    public static string Act(string path, string action)
    {
        var sentence = action switch
        {
            "stop" => "stops after this step, with a checkpoint",
            "pause" => "pauses before the next step",
            "continue" => "continues",
            "checkpoint" => "saves a checkpoint after the next step",
            _ => throw new InputException($"unknown action '{action}'; expected stop, pause, continue or checkpoint"),
        };
        var run = RunReader.Open(path);
        if (run.Status is not RunStatus.Running)
            throw new InputException($"run '{run.Name}' is not training; it is {run.Status.ToString().ToLowerInvariant()}");
        Inbox.Send(run.FullPath, LogWords<CommandKind>.Find(action)!.Value);
        return sentence;
    }
}
