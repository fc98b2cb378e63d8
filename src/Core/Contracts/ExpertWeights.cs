namespace MoELab.Contracts;

/// <summary>The routed experts of one layer. Shapes: E experts, D model width, F inner width.</summary>
/// <param name="W13_EGD">[E, 2F, D]: gate rows first, then up rows.</param>
/// <param name="W2_EDF">[E, D, F]: down.</param>
public readonly record struct ExpertWeights(Tensor W13_EGD, Tensor W2_EDF)
{
    /// <summary>E.</summary>
    public int Experts => (int)W2_EDF.shape[0];

    /// <summary>F.</summary>
    public int Width => (int)W2_EDF.shape[2];
}
