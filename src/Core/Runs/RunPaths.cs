using MoELab.Recipes;

namespace MoELab.Runs;

/// <summary>Finds run folders: a run is a folder that holds <c>recipe.yaml</c>, <c>metrics.jsonl</c> or <c>events.jsonl</c>.</summary>
public static class RunPaths
{
    private static readonly string[] Marks = ["recipe.yaml", "metrics.jsonl", "events.jsonl"];

    /// <summary>Whether <paramref name="path"/> is a run folder.</summary>
    public static bool IsRun(string path) => Marks.Any(mark => File.Exists(Path.Combine(path, mark)));

    /// <summary>Names of the runs under a directory, in alphabetical order; none when the directory does not exist.</summary>
    public static IReadOnlyList<string> Names(string runsDirectory) => Directory.Exists(runsDirectory)
        ? [.. Directory.EnumerateDirectories(runsDirectory).Where(IsRun).Select(d => Path.GetFileName(d)).Order(StringComparer.Ordinal)]
        : [];

    /// <summary>The folder of a run: a name under <paramref name="runsDirectory"/>, or else the path of a run folder.</summary>
    /// <exception cref="RecipeException">Neither is a run folder; the sentence names the nearest run.</exception>
    public static string Resolve(string nameOrPath, string runsDirectory)
    {
        if (nameOrPath.Length > 0)
        {
            var named = Path.Combine(runsDirectory, nameOrPath);
            if (IsRun(named))
                return Path.GetFullPath(named);
            if (IsRun(nameOrPath))
                return Path.GetFullPath(nameOrPath);
        }
        if (Directory.Exists(nameOrPath))
            throw new RecipeException($"run '{nameOrPath}': the folder holds no run; expected one of {string.Join(", ", Marks)} in it");
        var names = Names(runsDirectory);
        throw new RecipeException($"run '{nameOrPath}': no such run under '{runsDirectory}' and no such folder"
            + (names.Count == 0 ? "; there are no runs yet" : Recipes.Names.Hint(nameOrPath, names)));
    }
}
