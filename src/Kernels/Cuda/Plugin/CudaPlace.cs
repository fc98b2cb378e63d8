using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.Kernels.Cuda;

/// <summary>Where and how CUDA kernels run.</summary>
/// <param name="Launcher">Launches the kernels.</param>
/// <param name="Tile">How products are divided into tiles.</param>
/// <param name="Stream">Returns the current stream; called before each use, because backward may run on another one.</param>
internal sealed record CudaPlace(IKernelLauncher Launcher, ProductTile Tile, Func<nint> Stream);
