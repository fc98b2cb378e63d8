using System.Diagnostics;
using System.Globalization;

namespace MoELab.Jupyter;

/// <summary>The process that started the kernel and names itself in <c>JPY_PARENT_PID</c>. A kernel whose server died would wait for ever.</summary>
internal static class ParentProcess
{
    /// <summary>Cancels <paramref name="end"/> when that process is gone; does nothing where none is named.</summary>
    public static async Task Gone(CancellationTokenSource end)
    {
        if (!int.TryParse(Environment.GetEnvironmentVariable("JPY_PARENT_PID"), NumberStyles.None, CultureInfo.InvariantCulture,
            out var id) || id <= 1)
            return;
        try
        {
            using var parent = Process.GetProcessById(id);
            await parent.WaitForExitAsync(end.Token).ConfigureAwait(false);
        }
        catch (ArgumentException)
        {
            // Gone before it could be looked at.
        }
        catch (OperationCanceledException)
        {
            return;
        }
        await end.CancelAsync().ConfigureAwait(false);
    }
}
