namespace MoELab.Optimization;

/// <summary>Whose Frobenius norm <see cref="Hyperball"/> keeps.</summary>
public enum NormScope
{
    /// <summary>Every matrix by itself: each expert of a stack, and gate and up of a fused projection.</summary>
    Matrix,

    /// <summary>The whole tensor at once, so that the experts of a stack share one norm and may exchange length.</summary>
    Tensor,
}
