using System.Collections.Concurrent;
using MoELab.Cuda;

namespace MoELab.Kernels.Cuda;

/// <summary>One launcher per card and activation, with everything that the layer needs compiled, or why there is none.</summary>
internal static class CudaLaunchers
{
    private static readonly ConcurrentDictionary<(int Card, CudaText? Activation), Lazy<(CudaLauncher? Launcher, string Reason)>> Known = new();

    internal static CudaLauncher? Ready(int card, CudaText? activation, out string reason)
    {
        (var launcher, reason) = Known.GetOrAdd((card, activation), key => new(() => Prepare(key.Card, key.Activation))).Value;
        return launcher;
    }

    private static (CudaLauncher?, string) Prepare(int card, CudaText? activation)
    {
        if (CudaLauncher.Find(card, activation, out var reason) is not { } launcher)
            return (null, reason);
        try
        {
            launcher.Prepare(CudaProgram.Layer);
            return (launcher, "");
        }
        catch (CudaException e)
        {
            return (null, e.Message);
        }
    }
}
