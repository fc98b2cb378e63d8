namespace MoELab.Kernels.Cuda.Host.Compilation;

/// <summary>A compiled source.</summary>
/// <param name="Code">Machine code, or PTX that ends in a zero byte.</param>
/// <param name="Log">The compiler's log.</param>
/// <param name="FromCache">Whether it was read from disk.</param>
internal sealed record CudaBinary(byte[] Code, string Log, bool FromCache);
