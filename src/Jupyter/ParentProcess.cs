using System.Diagnostics;

namespace MoELab.Jupyter;

/// <summary>
/// The process that started the kernel, given in <c>JPY_PARENT_PID</c>. Without this check, a kernel whose server died would wait for ever.
/// </summary>
internal static class ParentProcess
{
    /// <summary>Cancels <paramref name="end"/> when that process has ended; does nothing if none is given.</summary>
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
            // It ended before it could be opened.
        }
        catch (OperationCanceledException)
        {
            return;
        }
        await end.CancelAsync().ConfigureAwait(false);
    }
}
