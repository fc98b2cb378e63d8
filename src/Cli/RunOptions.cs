using MoELab.Runs.Folder;

namespace MoELab.Cli;

/// <summary>Options of commands that work on runs.</summary>
internal static class RunOptions
{
    public static Argument<string> Run() => new("RUN") { Description = "a run's name, or the path of its folder" };

    public static Option<string> Runs() => new("--runs")
    {
        Description = "the directory of runs (default: MOELAB_RUNS, or 'runs' here or at the top of the repository)",
        HelpName = "DIR",
        DefaultValueFactory = _ => RunPaths.Default,
    };

    public static Option<bool> Trust() => new("--trust") { Description = "run the plugins in the run folder even if somebody else put them there" };

    /// <summary>Seconds without a step after which the process is killed, so that whoever started it starts it again.</summary>
    public static Option<int> Heartbeat()
    {
        var option = CliOptions.Of<int>("--heartbeat", "ends the process when no step has ended for so many seconds; 0: never", "SECONDS");
        option.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<int>() is < 0 or > 86_400)
                given.AddError($"--heartbeat: {given.GetValueOrDefault<int>()} is out of range; expected 0 to 86400");
        });
        return option;
    }

    /// <summary>For programs that start a run: the first line on standard output is <c>run: PATH</c>.</summary>
    public static Option<bool> Announce() => new("--announce") { Description = "print 'run: PATH' first", Hidden = true };
}
