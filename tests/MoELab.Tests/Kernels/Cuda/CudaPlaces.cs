using MoELab.Kernels.Cuda;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>Where the plugin's tests run: in the emulator, and on a GPU where there is one.</summary>
internal static class CudaPlaces
{
    public static IReadOnlyList<string> All { get; } = ["emulator", "GPU"];

    /// <summary>Each with both ways to multiply.</summary>
    public static IReadOnlyList<string> Products { get; } = ["emulator", "emulator, wgmma", "GPU", "GPU, wgmma"];

    public static (IExpertKernel Kernel, torch.Device Device) Kernel(string place)
    {
        var wgmma = place.EndsWith("wgmma", StringComparison.Ordinal);
        var tile = wgmma ? ProductTile.Wgmma : ProductTile.Mma;
        if (place.StartsWith("emulator", StringComparison.Ordinal))
            return (new EmulatedKernel(tile), torch.CPU);
        if (CudaLaunchers.Ready(0, null, tile, out var reason) is null)
            Assert.Skip(reason);
        if (!torch.cuda.is_available())
            Assert.Skip("this build of TorchSharp has no CUDA");
        return (new CudaKernel(new CudaKernelOptions { Products = wgmma ? CudaProducts.Wgmma : CudaProducts.Mma }), torch.CUDA);
    }
}
