using MoELab.Runs.Log;
using Spectre.Console;

namespace MoELab.Cli.Live;

/// <summary>Shows a training while it runs: one live line on a terminal, plain lines elsewhere.</summary>
internal sealed class TrainingDisplay
{
    private const int PlainEvery = 10;
    private readonly TextWriter _out;
    private readonly Func<int> _steps;
    private readonly int _first;
    private readonly bool _live;
    private readonly DateTime _began = DateTime.UtcNow;
    private DateTime _lastPlain = DateTime.MinValue;

    /// <param name="output">The writer for the lines.</param>
    /// <param name="live">Whether the output is a terminal on which a line can be rewritten.</param>
    /// <param name="first">The first step.</param>
    /// <param name="steps">The number of steps of the whole run; called each time, because a run can be extended.</param>
    public TrainingDisplay(TextWriter output, bool live, int first, Func<int> steps) => (_out, _live, _first, _steps) = (output, live, first, steps);

    /// <summary>Shows a logged step.</summary>
    public void Step(MetricRow row)
    {
        var line = Line(row);
        if (_live)
        {
            _out.Write("\r" + line.PadRight(Width()));
            if (row.Values.ContainsKey("eval/bits_per_byte"))
                _out.WriteLine();
            return;
        }
        var due = row.Step == _first || row.Step == _steps() || row.Values.ContainsKey("eval/bits_per_byte") || row.Step % PlainEvery == 0;
        if (due && (DateTime.UtcNow - _lastPlain > TimeSpan.FromSeconds(1) || row.Step == _steps()))
        {
            _out.WriteLine(line);
            _lastPlain = DateTime.UtcNow;
        }
    }

    /// <summary>Shows an event that a person should see.</summary>
    public void Event(RunEvent happened)
    {
        if (happened.Kind is EventKind.Config or EventKind.Term or EventKind.Start or EventKind.Checkpoint or EventKind.Finish)
            return;
        if (_live)
            _out.WriteLine();
        _out.WriteLine($"  {happened.Word}: {happened.Message}");
    }

    /// <summary>Ends the live line.</summary>
    public void End()
    {
        if (_live)
            _out.WriteLine();
    }

    private string Line(MetricRow row)
    {
        var done = row.Step - _first + 1;
        var left = (DateTime.UtcNow - _began) / done * (_steps() - row.Step);
        var text = string.Create(CultureInfo.InvariantCulture,
            $"step {row.Step}/{_steps()}  loss {row["loss"]:0.0000}  {row["tokens_per_second"]:#,0} tok/s");
        if (row.Values.TryGetValue("max_vio/mean", out var violation))
            text += string.Create(CultureInfo.InvariantCulture, $"  MaxVio {violation:0.00}");
        if (row.Values.TryGetValue("eval/bits_per_byte", out var bits))
            text += string.Create(CultureInfo.InvariantCulture, $"  held-out {bits:0.000} bits/byte");
        return $"{text}  {Duration(left)} left";
    }

    internal static string Duration(TimeSpan time) =>
        time.TotalHours >= 1 ? $"{(int)time.TotalHours}h {time.Minutes:00}m" : $"{time.Minutes}m {time.Seconds:00}s";

    private static int Width() => Math.Max(20, AnsiConsole.Profile.Width - 1);
}
