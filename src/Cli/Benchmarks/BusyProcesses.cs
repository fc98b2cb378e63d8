using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using MoELab.Interop.Host;
using MoELab.Recipes;

namespace MoELab.Cli.Benchmarks;

/// <summary>
/// Processes that do nothing but take processor time, as a neighbour on a shared machine would. They end when this is disposed of, and by
/// themselves within a moment when this process is gone, however it ended.
/// </summary>
internal sealed class BusyProcesses : IDisposable
{
    // The outer loop asks whether the process whose number it was given still lives; the inner one takes some ten milliseconds.
    private const string Loop = "while kill -0 \"$0\" 2>/dev/null; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; done";

    private readonly List<Process> _processes = [];

    /// <param name="count">How many.</param>
    /// <exception cref="RecipeException">There is no shell to run them.</exception>
    public BusyProcesses(int count)
    {
        // A process takes after the thread that starts it, and these stand for somebody else's.
        TimeSlice.Restore();
        try
        {
            for (var i = 0; i < count; i++)
                _processes.Add(Process.Start("sh", ["-c", Loop, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]));
        }
        catch (Win32Exception e)
        {
            Dispose();
            throw new RecipeException($"--busy: the shell 'sh', which the busy processes run in, did not start ({e.Message})");
        }
        finally
        {
            TimeSlice.Shorten();
        }
    }

    /// <summary>Their numbers.</summary>
    public IEnumerable<int> Ids => _processes.Select(p => p.Id);

    public void Dispose()
    {
        foreach (var process in _processes)
        {
            process.Kill();
            process.WaitForExit();
            process.Dispose();
        }
        _processes.Clear();
    }
}
