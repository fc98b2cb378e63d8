using System.Runtime.InteropServices;
using MoELab.Cells.Session;

namespace MoELab.Interactive;

/// <summary>Jupyter interrupts this kernel by a signal, which .NET Interactive does not pass on to the cell.</summary>
internal static class Interrupts
{
    /// <summary>Runs a cell; a signal to interrupt interrupts it and does not end the process.</summary>
    public static async Task<T> While<T>(NotebookSession session, Func<Task<T>> cell)
    {
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            session.Interrupt();
        });
        return await cell().ConfigureAwait(false);
    }
}
