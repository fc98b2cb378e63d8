using System.ComponentModel;
using System.Diagnostics;
using MoELab.Interop.Host;

namespace MoELab.Cli.Benchmarks;

/// <summary>
/// Processes that only use CPU time, like a neighbour on a shared machine. They end when this is disposed, and by
/// themselves shortly after this process has ended, for whatever reason.
/// </summary>
internal sealed class BusyProcesses : IDisposable
{
    // The outer loop checks whether the process with the given id is still alive; the inner one takes about ten milliseconds.
    private const string Loop = "while kill -0 \"$0\" 2>/dev/null; do i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; done";

    private readonly List<Process> _processes = [];

    /// <exception cref="InputException">The shell 'sh' did not start.</exception>
    public BusyProcesses(int count)
    {
        // A process inherits the time slice of the thread that starts it, and these stand for somebody else's processes.
        TimeSlice.Restore();
        try
        {
            for (var i = 0; i < count; i++)
                _processes.Add(Process.Start("sh", ["-c", Loop, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)]));
        }
        catch (Win32Exception e)
        {
            Dispose();
            throw new InputException($"--busy: the shell 'sh' that runs the busy processes did not start ({e.Message})");
        }
        finally
        {
            TimeSlice.Shorten();
        }
    }

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
