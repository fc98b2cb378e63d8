namespace MoELab.Kernels.Cuda.Host;

/// <summary>An error of CUDA, or the reason why CUDA is not available, in one sentence.</summary>
internal class CudaException(string sentence, Exception? inner = null) : Exception(sentence, inner);
