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

    /// <summary>For programs that start a run: the first line on standard output is <c>run: PATH</c>.</summary>
    public static Option<bool> Announce() => new("--announce") { Description = "print 'run: PATH' first", Hidden = true };
}
