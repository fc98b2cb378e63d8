using MoELab.Interop.Products;

namespace MoELab.Kernels.Cpu;

/// <summary>Adds a task's rows to their tokens when its turn comes, a strip of columns at a time.</summary>
internal static unsafe class Lanes
{
    private const int Columns = 256;

    internal static Turns Create(int columns) => new((columns + Columns - 1) / Columns);

    /// <param name="turns">The task whose turn it is, for each strip.</param>
    /// <param name="plan">The plan.</param>
    /// <param name="task">The task.</param>
    /// <param name="rows">The results of the task: the panels of each block, block after block.</param>
    /// <param name="tokens_TD">The sums per token [T, D], to which the rows are added.</param>
    internal static void Add(Turns turns, WorkPlan plan, int task, float* rows, float* tokens_TD)
    {
        for (var lane = 0; lane < turns.Lanes; lane++)
        {
            turns.Await(lane, task);
            var from = rows;
            foreach (var piece in plan.PiecesOf(task))
            {
                foreach (var block in new Blocks(plan, piece))
                {
                    Panels.ScatterAdd(from, block.Padded, plan.TokensOf(block.Start, block.Count), tokens_TD, plan.D, lane * Columns,
                        Math.Min(plan.D, (lane + 1) * Columns));
                    from += (nint)block.Padded * plan.PaddedD;
                }
            }
            turns.Pass(lane, task);
        }
    }
}
