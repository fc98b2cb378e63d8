using MoELab.Interop.Products;
using MoELab.Interop.Torch;

namespace MoELab.Model.Fused;

// B sequences, S positions, T = B*S tokens, H query heads, K key-value heads, C head width, A = H*C, P columns of the joint projection.

/// <summary>Attention's output: scores, softmax and weighted values of a block of queries while its panels are in cache.</summary>
internal sealed unsafe class AttentionForward(AttentionWork work, in AttentionPanels panels, Workspace workspace, float* y, float* o, float* logSum)
{
    private const int BlockRows = AttentionWork.BlockRows;
    private readonly AttentionPanels _panels = panels;

    /// <summary>The output [T, A] and, to keep for backward, the output before the gate and log-sums [B, H, S].</summary>
    internal static (Tensor Y_TA, Tensor? O_TA, Tensor? LogSum_BHS) Run(AttentionWork work, Tensor p_TP, Tensor? qGain_C, Tensor? kGain_C, bool keep)
    {
        var shape = work.Shape;
        var y_TA = torch.empty([work.Tokens, shape.OutputColumns], dtype: torch.ScalarType.Float32);
        var o_TA = !keep ? null : shape.Gated ? torch.empty_like(y_TA) : y_TA;
        var logSum_BHS = keep ? torch.empty([work.Batch, shape.Heads, work.Length], dtype: torch.ScalarType.Float32) : null;
        int s = work.PaddedLength, c = work.PaddedWidth;
        using var workspace = Workspace.Rent(NativeTorch.Workers, (2L * s * c) + ((long)BlockRows * (s + (2 * c))) + ((long)PanelSize.Width * c));
        var pass = new AttentionForward(work, new AttentionPanels(work, p_TP, qGain_C, kGain_C), workspace,
            NativeTensor.Floats(y_TA), NativeTensor.Floats(o_TA), NativeTensor.Floats(logSum_BHS));
        NativeTorch.Run(work.Tasks, pass.Task);
        return (y_TA, o_TA, logSum_BHS);
    }

    private void Task(int worker, int task)
    {
        int s = work.PaddedLength, c = work.PaddedWidth;
        float* keys = workspace[worker], values = keys + ((nint)s * c), scores = values + ((nint)s * c);
        float* queries = scores + ((nint)BlockRows * s), output = queries + ((nint)BlockRows * c), rows = output + ((nint)BlockRows * c);
        var (b, k) = (task / work.Shape.KeyHeads, task % work.Shape.KeyHeads);
        _panels.Keys(b, k, rows, keys, null);
        _panels.Values(b, k, values);
        for (var h = k * work.Shape.Copies; h < (k + 1) * work.Shape.Copies; h++)
        {
            for (var start = 0; start < work.Length; start += BlockRows)
            {
                var block = work.Block(b, start);
                _panels.Queries(block, h, rows, queries);
                Scores(block, queries, keys, scores);
                Softmax(block, h, scores, values, output);
            }
        }
    }

    private void Scores(in AttentionBlock block, float* queries, float* keys, float* scores)
    {
        int width = PanelSize.Width, first = block.FirstPanel;
        var (chunks, depth) = work.Terms;
        for (var panel = first; panel <= block.LastPanel; panel++)
        {
            var (from, end) = block.RowsOf(panel);
            float* right = keys + ((nint)panel * width * work.PaddedWidth), to = scores + ((nint)(panel - first) * BlockRows * width);
            for (var row = from; row < end; row += PanelSize.TileRows)
                Product.Tile<AlongRows>(queries + ((nint)row * width), chunks, depth, (BlockRows * width) - depth, right,
                    to + ((nint)row * width), width, false);
        }
    }

    // The weights stay exponentials until the output, which has fewer columns, is divided by their sum.
    private void Softmax(in AttentionBlock block, int head, float* scores, float* values, float* output)
    {
        int width = PanelSize.Width, padded = work.PaddedWidth;
        var logSums = logSum == null ? null : logSum + ((((long)block.Sequence * work.Shape.Heads) + head) * work.Length) + block.Start;
        var share = stackalloc float[BlockRows];
        for (var row = 0; row < block.Rows; row += PanelSize.TileRows)
        {
            int first = block.FirstPanelOf(row), panels = block.LastPanelOf(row) - first + 1;
            var tile = scores + ((nint)(first - block.FirstPanel) * BlockRows * width) + ((nint)row * width);
            for (var n = row; n < Math.Min(row + PanelSize.TileRows, block.Count); n++)
            {
                int position = block.Start + n, start = first * width;
                var (largest, sum) = SoftmaxRows.Exponentials(tile + ((nint)(n - row) * width), panels, BlockRows * width,
                    work.FirstSeen(block.Sequence, position) - start, position + 1 - start);
                share[n] = 1 / sum;
                if (logSums != null)
                    logSums[n] = largest + MathF.Log(sum);
            }
            for (var column = 0; column < padded; column += width)
            {
                Product.Tile<AlongRows>(tile, panels, width, (BlockRows - 1) * width,
                    values + ((nint)column * work.PaddedLength) + ((nint)first * width * width),
                    output + ((nint)row * padded) + column, padded, false);
            }
        }
        for (var n = 0; n < block.Count; n++)
            Store(block, head, n, output + ((nint)n * padded), share[n]);
    }

    private void Store(in AttentionBlock block, int head, int n, float* output, float share)
    {
        var at = ((((long)block.Sequence * work.Length) + block.Start + n) * work.Shape.OutputColumns) + work.Shape.Query(head);
        var ungated = o == null ? output : o + at;
        HeadRow.Scale(output, share, work.Shape.Gated ? ungated : y + at, work.Shape.Width);
        if (work.Shape.Gated)
            HeadRow.Gate(ungated, _panels.Row(block.Sequence, block.Start + n, work.Shape.Gate(head)), y + at, work.Shape.Width);
    }
}
