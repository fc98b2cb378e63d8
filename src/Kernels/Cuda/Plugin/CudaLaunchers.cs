using System.Collections.Concurrent;
using MoELab.Kernels.Cuda.Host;
using MoELab.Kernels.Cuda.Host.Compilation;
using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.Kernels.Cuda;

/// <summary>One launcher per GPU and activation, with everything that the layer needs compiled, or the reason why there is none.</summary>
internal static class CudaLaunchers
{
    private static readonly ConcurrentDictionary<(int Ordinal, CudaText? Activation, ProductTile Tile),
        Lazy<(CudaLauncher? Launcher, string Reason)>> Known = new();

    internal static CudaLauncher? Ready(int ordinal, CudaText? activation, ProductTile tile, out string reason)
    {
        (var launcher, reason) = Known.GetOrAdd((ordinal, activation, tile), key => new(() => Prepare(key.Ordinal, key.Activation, key.Tile))).Value;
        return launcher;
    }

    private static (CudaLauncher?, string) Prepare(int ordinal, CudaText? activation, ProductTile tile)
    {
        if (CudaLauncher.Find(ordinal, activation, out var reason) is not { } launcher)
            return (null, reason);
        if (!ProductTile.Of(launcher.Architecture).Contains(tile))
            return (null, $"products by {tile.Name} need a GPU of compute capability 9.0 and an NVRTC that supports it; "
                + $"this one runs code for {launcher.Architecture.Name}");
        try
        {
            launcher.Prepare(tile.Layer);
            return (launcher, "");
        }
        catch (CudaException e)
        {
            return (null, e.Message);
        }
    }
}
