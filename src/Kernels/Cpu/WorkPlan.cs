// Shapes: T tokens, N rows (choices sorted by expert), E experts, D model width, F inner width.
using MoELab.Interop.Products;
using MoELab.Interop.Torch;

namespace MoELab.Kernels.Cpu;

/// <summary>
/// A piece: consecutive rows of one expert that one thread computes. In the saved pre-activations, from row <c>Saved</c> on, each piece fills whole
/// register tiles.
/// </summary>
internal readonly record struct Piece(int Expert, int Start, int Count, int Saved, bool IsFirst);

/// <summary>
/// Divides a choice into tasks. The plan depends on the loads alone, never on the number of threads, because the order of tasks is the
/// order of additions: a popular expert becomes several pieces, unpopular ones share a task.
/// </summary>
internal sealed class WorkPlan
{
    /// <summary>Maximum size of a block's operands, so that they fit the second-level cache together with the weights.</summary>
    private const int BlockFloats = 98304;

    private readonly int[] _rowToken_N;
    private readonly int[] _rowChoice_N;

    internal WorkPlan(DispatchPlan plan, int width, int innerWidth)
    {
        (Tokens, D, F, Counts_E) = (plan.Tokens, width, innerWidth, [.. plan.Counts]);
        (PaddedD, PaddedF) = (PanelSize.PadColumns(D), PanelSize.PadColumns(F));
        _rowToken_N = HostMemory.Copy<int>(plan.RowToken_N, torch.ScalarType.Int32);
        _rowChoice_N = HostMemory.Copy<int>(plan.RowChoice_N, torch.ScalarType.Int32);
        // Both are also limited in proportion to all rows, so that the threads' memory stays small compared with what is saved.
        BlockRows = PanelSize.PadRows(Math.Clamp(Math.Min(BlockFloats / (PaddedD + (4 * PaddedF)), _rowToken_N.Length / 64), 32, 192));
        var target = Math.Clamp(_rowToken_N.Length / 28, 128, 576);
        var pieces = new List<Piece>();
        var ends = new List<int>();
        int start = 0, open = 0;
        for (var e = 0; e < Counts_E.Length; e++)
        {
            var parts = (Counts_E[e] + target - 1) / target;
            for (var p = 0; p < parts; p++)
            {
                int from = (int)((long)Counts_E[e] * p / parts), count = (int)((long)Counts_E[e] * (p + 1) / parts) - from,
                    padded = PanelSize.PadRows(count);
                // A piece that adds to its expert's gradient is a task by itself, because a task has only one buffer for that.
                if (open > 0 && (p > 0 || !pieces[^1].IsFirst || open + padded > target))
                {
                    ends.Add(pieces.Count);
                    open = 0;
                }
                pieces.Add(new Piece(e, start + from, count, SavedRows, p == 0));
                SavedRows += padded;
                open += padded;
                LargestTask = Math.Max(LargestTask, open);
                HasLaterPieces |= p > 0;
            }
            start += Counts_E[e];
        }
        if (open > 0)
            ends.Add(pieces.Count);
        Pieces = [.. pieces];
        TaskEnds = [.. ends];
    }

    internal int Tokens { get; }
    internal int D { get; }
    internal int F { get; }

    /// <summary>Model width (D), rounded up to whole panels.</summary>
    internal int PaddedD { get; }

    /// <summary>Inner width (F), rounded up to whole panels.</summary>
    internal int PaddedF { get; }

    internal int[] Counts_E { get; }

    /// <summary>Maximum number of rows that are computed together.</summary>
    internal int BlockRows { get; }

    internal Piece[] Pieces { get; }

    /// <summary>Where each task's pieces end.</summary>
    internal int[] TaskEnds { get; }

    /// <summary>Rows of the largest task, padded.</summary>
    internal int LargestTask { get; private set; }

    /// <summary>Rows of all pieces, padded.</summary>
    internal int SavedRows { get; private set; }

    /// <summary>Whether an expert has more than one piece.</summary>
    internal bool HasLaterPieces { get; private set; }

    internal ReadOnlySpan<Piece> PiecesOf(int task) => Pieces.AsSpan((task == 0 ? 0 : TaskEnds[task - 1])..TaskEnds[task]);

    internal ReadOnlySpan<int> TokensOf(int start, int count) => _rowToken_N.AsSpan(start, count);

    internal ReadOnlySpan<int> ChoicesOf(int start, int count) => _rowChoice_N.AsSpan(start, count);
}
