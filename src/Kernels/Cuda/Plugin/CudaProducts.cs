namespace MoELab.Kernels.Cuda;

/// <summary>The instructions with which a GPU multiplies.</summary>
public enum CudaProducts
{
    /// <summary><c>mma.sync</c>, in tiles of 128 by 128: every GPU from compute capability 8.0 on.</summary>
    [Description("mma.sync: every GPU from compute capability 8.0 on")]
    Mma,

    /// <summary><c>wgmma</c>, in tiles of 128 by 256: compute capability 9.0 only.</summary>
    [Description("wgmma: compute capability 9.0 only")]
    Wgmma,
}
