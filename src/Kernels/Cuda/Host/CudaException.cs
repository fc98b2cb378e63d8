namespace MoELab.Cuda;

/// <summary>What went wrong on a CUDA machine, or why there is none, in one sentence.</summary>
internal class CudaException(string sentence, Exception? inner = null) : Exception(sentence, inner);
