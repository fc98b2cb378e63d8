using MoELab.Runs.Reading;

namespace MoELab.Runs.Export;

/// <summary>Writes a run's metrics in the formats of other tools.</summary>
public static class RunExport
{
    /// <summary>One row per step, one column per metric in ordinal order; empty if a step did not log it, <c>NaN</c> if it logged null.</summary>
    /// <returns>Rows written, without the header.</returns>
    public static int ToCsv(RunReader run, string path)
    {
        var columns = run.Metrics.Names.Select(n => run.Metrics[n]).ToArray();
        using var file = new StreamWriter(path, append: false, new UTF8Encoding(false));
        file.Write(string.Join(',', columns.Select(c => Quote(c.Name)).Prepend("step")) + "\n");
        foreach (var (step, values) in run.Metrics.Rows(columns))
            file.Write(FormattableString.Invariant($"{step}{string.Concat(values.Select(v => FormattableString.Invariant($",{v:R}")))}\n"));
        return run.Metrics.Steps.Count;
    }

    /// <summary>
    /// A TensorBoard event file <c>events.out.tfevents.*</c> in <paramref name="directory"/> with every finite metric as a
    /// scalar. Wall times follow the logged <c>time</c> (seconds since the start) after the run's first event.
    /// </summary>
    /// <returns>The file's path.</returns>
    public static string ToTensorBoard(RunReader run, string directory)
    {
        Directory.CreateDirectory(directory);
        var start = run.Events.FirstOrDefault(e => e.Time is not null)?.Time?.ToUnixTimeMilliseconds() / 1000.0 ?? 0;
        var path = Path.Combine(directory, string.Create(CultureInfo.InvariantCulture, $"events.out.tfevents.{(long)start:D10}.{run.Name}"));
        var clock = run.Metrics.Find("time");
        using var file = new TensorBoardFile(path, start);
        foreach (var column in run.Metrics.Names.Select(n => run.Metrics[n]))
            for (var i = 0; i < column.Count; i++)
            {
                if (!double.IsFinite(column.Values[i]))
                    continue;
                var time = clock?.At(column.Steps[i]) ?? double.NaN;
                file.Scalar(column.Name, column.Steps[i], double.IsNaN(time) ? start : time > 1e9 ? time : start + time, (float)column.Values[i]);
            }
        return path;
    }

    /// <summary>A cell of comma-separated values, in quotes where it needs them (RFC 4180).</summary>
    internal static string Quote(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\n\r") < 0 ? cell : "\"" + cell.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
