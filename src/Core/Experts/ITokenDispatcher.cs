namespace MoELab.Experts;

/// <summary>Brings tokens to the ranks that hold their experts and back; the local one only sorts.</summary>
public interface ITokenDispatcher
{
    /// <summary>Runs the experts over a choice: plans, moves tokens, computes, moves results back.</summary>
    /// <param name="x_TD">[T, D] tokens.</param>
    /// <param name="choice">Which tokens go to which experts.</param>
    /// <param name="gates_N">float32 [N] weights of the choices.</param>
    /// <param name="weights">This rank's experts.</param>
    /// <param name="kernel">What computes them.</param>
    /// <returns>[T, D]: for each token the weighted sum over its experts.</returns>
    Tensor Run(Tensor x_TD, RouterChoice choice, Tensor gates_N, ExpertWeights weights, IExpertKernel kernel);
}
