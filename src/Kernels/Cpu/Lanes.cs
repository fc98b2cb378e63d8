using MoELab.Interop.Products;

namespace MoELab.Kernels.Cpu;

/// <summary>Adds a task's rows to their tokens when its turn comes, a strip of columns at a time.</summary>
internal static unsafe class Lanes
{
    private const int Columns = 256;

    internal static Turns Create(int columns) => new((columns + Columns - 1) / Columns);

    /// <summary>Adds the panels of each block of a task, block after block, to the sums per token [T, D].</summary>
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
