using System.Runtime.InteropServices;

namespace MoELab.Interactive;

/// <summary>Jupyter interrupts this kernel by a signal, on which .NET Interactive's web host shuts the kernel down.</summary>
internal static class Interrupts
{
    /// <summary>Runs a cell; a signal during it calls <paramref name="interrupt"/> and does not end the process.</summary>
    public static async Task While(Action interrupt, Func<Task> cell)
    {
        using var signal = PosixSignalRegistration.Create(PosixSignal.SIGINT, context =>
        {
            context.Cancel = true;
            interrupt();
            // The web host's handler comes after this one, on this thread, which exists for this signal alone.
            Thread.Sleep(Timeout.Infinite);
        });
        await cell().ConfigureAwait(false);
    }
}
