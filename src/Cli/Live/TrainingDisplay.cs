using MoELab.Runs.Log;
using Spectre.Console;

namespace MoELab.Cli.Live;

/// <summary>
/// Shows a training while it runs: one live line on a terminal, plain lines elsewhere. The number of steps is read each time, because it can change.
/// </summary>
internal sealed class TrainingDisplay(TextWriter output, bool live, int first, Func<int> steps)
{
    private const int PlainEvery = 10;
    private readonly DateTime _began = DateTime.UtcNow;
    private DateTime _lastPlain = DateTime.MinValue;

    /// <summary>Shows a logged step.</summary>
    public void Step(MetricRow row)
    {
        var line = Line(row);
        if (live)
        {
            output.Write("\r" + line.PadRight(Math.Max(20, AnsiConsole.Profile.Width - 1)));
            if (row.Values.ContainsKey("eval/bits_per_byte"))
                output.WriteLine();
            return;
        }
        var due = row.Step == first || row.Step == steps() || row.Values.ContainsKey("eval/bits_per_byte") || row.Step % PlainEvery == 0;
        if (due && (DateTime.UtcNow - _lastPlain > TimeSpan.FromSeconds(1) || row.Step == steps()))
        {
            output.WriteLine(line);
            _lastPlain = DateTime.UtcNow;
        }
    }

    /// <summary>Shows an event that a person should see.</summary>
    public void Event(RunEvent happened)
    {
        if (happened.Kind is EventKind.Config or EventKind.Term or EventKind.Start or EventKind.Checkpoint or EventKind.Finish)
            return;
        if (live)
            output.WriteLine();
        output.WriteLine($"  {happened.Word}: {happened.Message}");
    }

    /// <summary>Ends the live line.</summary>
    public void End()
    {
        if (live)
            output.WriteLine();
    }

    private string Line(MetricRow row)
    {
        var done = row.Step - first + 1;
        var left = (DateTime.UtcNow - _began) / done * (steps() - row.Step);
        var text = string.Create(CultureInfo.InvariantCulture,
            $"step {row.Step}/{steps()}  loss {row["loss"]:0.0000}  {row["tokens_per_second"]:#,0} tok/s");
        if (row.Values.TryGetValue("max_vio/mean", out var violation))
            text += string.Create(CultureInfo.InvariantCulture, $"  MaxVio {violation:0.00}");
        if (row.Values.TryGetValue("eval/bits_per_byte", out var bits))
            text += string.Create(CultureInfo.InvariantCulture, $"  held-out {bits:0.000} bits/byte");
        return $"{text}  {Duration(left)} left";
    }

    private static string Duration(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours}h {time.Minutes:00}m" : $"{time.Minutes}m {time.Seconds:00}s";
}
