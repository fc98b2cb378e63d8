using MoELab.Interop.Products;
using MoELab.Interop.Torch;

namespace MoELab.Model.Fused;

// B sequences, S positions, T = B*S tokens, H query heads, K key-value heads, C head width, A = H*C, P columns of the joint projection.

/// <summary>
/// Gradients of attention. Probabilities are computed again from the saved log-sums, as in FlashAttention (Dao et al., arXiv 2205.14135);
/// a panel of them is used up for its keys and values at once, only the scores' gradient is held for a whole block of queries.
/// </summary>
internal sealed unsafe class AttentionBackward(AttentionWork work, in AttentionPanels panels, Workspace workspace, float* dY, float* o, float* logSum,
    float* dP, float* dQGains, float* dKGains)
{
    private const int BlockRows = AttentionWork.BlockRows;
    private readonly AttentionPanels _panels = panels;

    /// <summary>Gradients of the projection and, if there are any, of the gains.</summary>
    internal static (Tensor P_TP, Tensor? QGain_C, Tensor? KGain_C) Run(AttentionWork work, Tensor dY_TA, Tensor p_TP, Tensor o_TA,
        Tensor logSum_BHS, Tensor? qGain_C, Tensor? kGain_C)
    {
        var dP_TP = torch.empty_like(p_TP);
        // Each task has its own sums, so that their order does not depend on the number of threads.
        Tensor? dQGains = qGain_C is null ? null : torch.zeros(work.Tasks, work.Shape.Width);
        Tensor? dKGains = kGain_C is null ? null : torch.zeros(work.Tasks, work.Shape.Width);
        int s = work.PaddedLength, c = work.PaddedWidth;
        using var workspace = Workspace.Rent(NativeTorch.Workers, Room.Floats(s, c));
        var pass = new AttentionBackward(work, new AttentionPanels(work, p_TP, qGain_C, kGain_C), workspace, NativeTensor.Floats(dY_TA),
            NativeTensor.Floats(o_TA), NativeTensor.Floats(logSum_BHS),
            NativeTensor.Floats(dP_TP), NativeTensor.Floats(dQGains), NativeTensor.Floats(dKGains));
        NativeTorch.Run(work.Tasks, pass.Task);
        return (dP_TP, dQGains?.sum([0L]), dKGains?.sum([0L]));
    }

    private void Task(int worker, int task)
    {
        var room = new Room(workspace[worker], work.PaddedLength, work.PaddedWidth);
        var (b, k) = (task / work.Shape.KeyHeads, task % work.Shape.KeyHeads);
        _panels.Keys(b, k, room.Rows, room.KeysTransposed, room.Keys);
        _panels.ValuesTransposed(b, k, room.ValuesTransposed);
        new Span<float>(room.DK, work.PaddedLength * work.PaddedWidth).Clear();
        new Span<float>(room.DV, work.PaddedLength * work.PaddedWidth).Clear();
        float* dQGain = dQGains + ((nint)task * work.Shape.Width), dKGain = dKGains + ((nint)task * work.Shape.Width);
        for (var h = k * work.Shape.Copies; h < (k + 1) * work.Shape.Copies; h++)
        {
            for (var start = 0; start < work.Length; start += BlockRows)
            {
                var block = work.Block(b, start);
                _panels.Queries(block, h, room.Rows, room.Queries);
                OutputGradient(block, h, room);
                for (var panel = block.FirstPanel; panel <= block.LastPanel; panel++)
                    Panel(block, panel, room);
                QueryGradient(block, room);
                _panels.QueryGradient(block, h, room.DQ, dP, dQGain);
            }
        }
        _panels.KeyAndValueGradients(b, k, room.DK, room.DV, dP, dKGain);
    }

    // The gradient of the output before the gate in panels, its mean over each query's probabilities, and the gate's gradient.
    private void OutputGradient(in AttentionBlock block, int head, in Room room)
    {
        var shape = work.Shape;
        var logSums = logSum + ((((long)block.Sequence * shape.Heads) + head) * work.Length) + block.Start;
        for (var n = 0; n < block.Count; n++)
        {
            var at = ((((long)block.Sequence * work.Length) + block.Start + n) * shape.OutputColumns) + shape.Query(head);
            var dO = dY + at;
            if (shape.Gated)
            {
                dO = room.Rows;
                var gate = _panels.Row(block.Sequence, block.Start + n, shape.Gate(head));
                HeadRow.GateBackward(dY + at, o + at, gate, dO, dP + (gate - _panels.Row(0, 0, 0)), shape.Width);
            }
            _panels.Spread(dO, room.DO, n, BlockRows);
            (room.LogSums[n], room.Means[n]) = (logSums[n], RowPieces.Dot(dO, o + at, shape.Width));
        }
        for (var n = block.Count; n < block.Rows; n++)
            _panels.Clear(room.DO, n, BlockRows);
    }

    // One panel of keys: probabilities, the gradient of scores, and what both add to the gradients of keys and values.
    private void Panel(in AttentionBlock block, int panel, in Room room)
    {
        int width = PanelSize.Width, tileRows = PanelSize.TileRows, first = panel * width;
        var (chunks, depth) = work.Terms;
        var (from, end) = block.RowsOf(panel);
        nint right = (nint)first * work.PaddedWidth, jump = (BlockRows * width) - depth;
        float* scores = room.Scores, gradient = room.DScores + ((nint)(panel - block.FirstPanel) * BlockRows * width);
        for (var row = from; row < end; row += tileRows)
        {
            var at = (nint)row * width;
            Product.Tile<AlongRows>(room.Queries + at, chunks, depth, jump, room.KeysTransposed + right, scores + at, width, false);
            Product.Tile<AlongRows>(room.DO + at, chunks, depth, jump, room.ValuesTransposed + right, gradient + at, width, false);
            for (var n = row; n < row + tileRows; n++)
            {
                // Rows that only pad the tile attend to nothing.
                var position = block.Start + n;
                var (seen, after) = n < block.Count ? (work.FirstSeen(block.Sequence, position) - first, position + 1 - first) : (0, 0);
                SoftmaxRows.Backward(scores + ((nint)n * width), gradient + ((nint)n * width), room.LogSums[n], room.Means[n], seen, after);
            }
        }
        var top = (nint)from * width;
        for (var column = 0; column < work.PaddedWidth; column += width)
        {
            nint operand = ((nint)column * BlockRows) + top, to = ((nint)column * work.PaddedLength) + ((nint)first * width);
            for (var key = 0; key < width; key += tileRows)
            {
                Product.Tile<DownColumns>(scores + top + key, 1, end - from, 0, room.DO + operand, room.DV + to + ((nint)key * width), width, true);
                Product.Tile<DownColumns>(gradient + top + key, 1, end - from, 0, room.Queries + operand,
                    room.DK + to + ((nint)key * width), width, true);
            }
        }
    }

    private void QueryGradient(in AttentionBlock block, in Room room)
    {
        int width = PanelSize.Width, padded = work.PaddedWidth;
        for (var row = 0; row < block.Rows; row += PanelSize.TileRows)
        {
            int first = block.FirstPanelOf(row), panels = block.LastPanelOf(row) - first + 1;
            var left = room.DScores + ((nint)(first - block.FirstPanel) * BlockRows * width) + ((nint)row * width);
            for (var column = 0; column < padded; column += width)
            {
                Product.Tile<AlongRows>(left, panels, width, (BlockRows - 1) * width,
                    room.Keys + ((nint)column * work.PaddedLength) + ((nint)first * width * width),
                    room.DQ + ((nint)row * padded) + column, padded, false);
            }
        }
    }

    /// <summary>One thread's working memory.</summary>
    private readonly struct Room
    {
        internal readonly float* Keys, KeysTransposed, ValuesTransposed, DK, DV, Queries, DO, DQ, Scores, DScores, Rows, LogSums, Means;

        internal Room(float* start, int s, int c)
        {
            nint all = (nint)s * c, block = (nint)BlockRows * c;
            Keys = start;
            KeysTransposed = Keys + all;
            ValuesTransposed = KeysTransposed + all;
            DK = ValuesTransposed + all;
            DV = DK + all;
            Queries = DV + all;
            DO = Queries + block;
            DQ = DO + block;
            Scores = DQ + block;
            DScores = Scores + (BlockRows * PanelSize.Width);
            Rows = DScores + ((nint)BlockRows * s);
            LogSums = Rows + ((nint)PanelSize.Width * c);
            Means = LogSums + BlockRows;
        }

        internal static long Floats(int s, int c) => (5L * s * c) + (BlockRows * ((3L * c) + PanelSize.Width + s + 2)) + ((long)PanelSize.Width * c);
    }
}
