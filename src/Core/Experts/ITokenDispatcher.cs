namespace MoELab.Experts;

/// <summary>Brings tokens to the ranks that hold their experts and back; the local one only sorts.</summary>
public interface ITokenDispatcher
{
    /// <summary>
    /// Runs the experts over a choice: plans, moves tokens, computes, moves results back. The result [T, D] is for each token the weighted sum over
    /// its experts.
    /// </summary>
    Tensor Run(Tensor x_TD, RouterChoice choice, Tensor gates_N, ExpertWeights weights, IExpertKernel kernel);
}
