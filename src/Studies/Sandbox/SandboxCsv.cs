using MoELab.Runs.Export;

namespace MoELab.Studies.Sandbox;

/// <summary>Figures of several sandboxes as one CSV file: <c>balancer</c>, <c>step</c>, then a column per figure; empty where a step did not read it.</summary>
public static class SandboxCsv
{
    /// <summary>Writes the file and returns its path.</summary>
    /// <param name="path">Where to.</param>
    /// <param name="results">Results, each under a name for its first column.</param>
    public static string Write(string path, IEnumerable<(string Name, SandboxResult Result)> results)
    {
        var all = results.ToList();
        string[] keys = [.. all.SelectMany(r => r.Result.Keys).Distinct()];
        using var writer = new StreamWriter(path, append: false, new UTF8Encoding(false)) { NewLine = "\n" };
        writer.WriteLine(string.Join(',', ["balancer", "step", .. keys]));
        foreach (var (name, result) in all)
        {
            IReadOnlyList<double>?[] columns = [.. keys.Select(k => result.Keys.Contains(k) ? result[k] : null)];
            for (var step = 0; step < result.Options.Steps; step++)
                writer.WriteLine(string.Join(',',
                    [RunExport.Quote(name), (step + 1).ToString(CultureInfo.InvariantCulture), .. columns.Select(c => Text(c, step))]));
        }
        return path;
    }

    private static string Text(IReadOnlyList<double>? column, int step) =>
        column is null || double.IsNaN(column[step]) ? "" : column[step].ToString("R", CultureInfo.InvariantCulture);
}
