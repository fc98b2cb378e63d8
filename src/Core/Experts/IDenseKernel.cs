namespace MoELab.Experts;

// Shapes: T tokens, D model width, A output width, F inner width, G = 2F.

/// <summary>An expert kernel that also computes the layers that every token goes through, where it does so faster than torch's products.</summary>
internal interface IDenseKernel
{
    /// <summary><c>x w'</c> with gradients for both.</summary>
    Tensor Linear(Tensor x_TD, Tensor w_AD);

    /// <summary><c>down(silu(gate(x)) * up(x))</c> with gradients for all. W13 holds gate rows, then up rows.</summary>
    Tensor SwiGlu(Tensor x_TD, Tensor w13_GD, Tensor w2_DF);
}
