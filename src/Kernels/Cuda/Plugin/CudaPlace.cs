using MoELab.Cuda;

namespace MoELab.Kernels.Cuda;

/// <summary>Where kernels run, and how.</summary>
/// <param name="Launcher">Runs them.</param>
/// <param name="Tile">How products are cut.</param>
/// <param name="Stream">Asked before each use: backward may run on another.</param>
internal sealed record CudaPlace(IKernelLauncher Launcher, ProductTile Tile, Func<nint> Stream);
