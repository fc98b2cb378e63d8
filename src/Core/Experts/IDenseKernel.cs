namespace MoELab.Experts;

// Shapes: T tokens, D model width, A output width, F inner width, G = 2F.

/// <summary>An expert kernel that also computes the layers that every token goes through, where it does so faster than torch's products.</summary>
internal interface IDenseKernel
{
    /// <summary><c>x w'</c> with gradients for both.</summary>
    /// <param name="x_TD">[T, D].</param>
    /// <param name="w_AD">[A, D].</param>
    /// <returns>[T, A].</returns>
    Tensor Linear(Tensor x_TD, Tensor w_AD);

    /// <summary><c>down(silu(gate(x)) * up(x))</c> with gradients for all.</summary>
    /// <param name="x_TD">[T, D].</param>
    /// <param name="w13_GD">[G, D]: gate rows, then up rows.</param>
    /// <param name="w2_DF">[D, F].</param>
    /// <returns>[T, D].</returns>
    Tensor SwiGlu(Tensor x_TD, Tensor w13_GD, Tensor w2_DF);
}
