namespace MoELab.Runs.Folder;

/// <summary>Finds run folders: a run is a folder with <c>recipe.yaml</c>, <c>metrics.jsonl</c> or <c>events.jsonl</c>.</summary>
public static class RunPaths
{
    /// <summary>The file that a run's training holds open as long as it lives.</summary>
    internal const string Lock = "lock";

    /// <summary>The folder of jobs in a directory of runs: what schedulers were asked to train.</summary>
    internal const string Jobs = "jobs";

    /// <summary>The file that a job holds open as long as it starts a run's training again whenever that dies.</summary>
    internal const string Alive = "alive";

    private static readonly string[] Marks = ["recipe.yaml", "metrics.jsonl", "events.jsonl"];

    /// <summary>
    /// The directory of runs where none is named, as a full path: <c>MOELAB_RUNS</c>; else the nearest folder <c>runs</c> of the current
    /// directory or one above it in the same git repository; else <c>runs</c> at the repository's top, or in the current directory outside of one.
    /// So a notebook in a folder of a repository and a command at its top use the same.
    /// </summary>
    public static string Default => DefaultFrom(Environment.GetEnvironmentVariable("MOELAB_RUNS"), Directory.GetCurrentDirectory());

    internal static string DefaultFrom(string? named, string current)
    {
        if (named is { Length: > 0 })
            return Path.GetFullPath(named, current);
        var above = new List<string>();
        for (var folder = new DirectoryInfo(current); folder is not null; folder = folder.Parent)
        {
            above.Add(folder.FullName);
            if (Path.Exists(Path.Combine(folder.FullName, ".git")))
                return Path.Combine(above.FirstOrDefault(a => Directory.Exists(Path.Combine(a, "runs"))) ?? folder.FullName, "runs");
        }
        return Path.Combine(current, "runs");
    }

    /// <summary>Whether <paramref name="path"/> is a run folder.</summary>
    public static bool IsRun(string path) => Marks.Any(mark => File.Exists(Path.Combine(path, mark)));

    /// <summary>The file that the job of a run holds, if a job trains it.</summary>
    internal static string Keeper(string run)
    {
        var full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(run));
        return Path.Combine(Path.GetDirectoryName(full) ?? "", Jobs, Path.GetFileName(full), Alive);
    }

    /// <exception cref="InputException">The name cannot be a run's: it is no folder's name, or leads elsewhere.</exception>
    internal static void CheckName(string name)
    {
        if (name.Length == 0 || name.IndexOfAny(['/', '\\', '\0']) >= 0 || name.StartsWith('.'))
            throw new InputException($"run name '{name}': not usable as a folder; expected letters, digits, '-', '_' or '.'");
    }

    /// <summary>Names of the runs under a directory, in alphabetical order; none when the directory does not exist.</summary>
    public static IReadOnlyList<string> Names(string runsDirectory) => Directory.Exists(runsDirectory)
        ? [.. Directory.EnumerateDirectories(runsDirectory).Where(IsRun).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The folder of a run: a name under <paramref name="runsDirectory"/>, or else the path of a run folder.</summary>
    /// <exception cref="InputException">Neither is a run folder; the message names the nearest run.</exception>
    public static string Resolve(string nameOrPath, string runsDirectory)
    {
        string[] folders = nameOrPath.Length == 0 ? [] : [Path.Combine(runsDirectory, nameOrPath), nameOrPath];
        if (folders.FirstOrDefault(IsRun) is { } run)
            return Path.GetFullPath(run);
        if (folders.Any(Directory.Exists))
            throw new InputException($"run '{nameOrPath}': the folder contains no run; expected one of {string.Join(", ", Marks)} in it");
        var names = Names(runsDirectory);
        throw new InputException($"run '{nameOrPath}': no such run under '{Path.GetFullPath(runsDirectory)}' and no such folder"
            + (names.Count == 0 ? "; there are no runs yet" : Recipes.Options.Names.Hint(nameOrPath, names)));
    }
}
