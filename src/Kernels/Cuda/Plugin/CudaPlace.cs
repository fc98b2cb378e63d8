using MoELab.Kernels.Cuda.Host.Driver;
using MoELab.Kernels.Cuda.Host.Layers;

namespace MoELab.Kernels.Cuda;

/// <summary>Where and how CUDA kernels run. The stream is asked for before each use, because backward may run on another one.</summary>
internal sealed record CudaPlace(IKernelLauncher Launcher, ProductTile Tile, Func<nint> Stream);
