// Shapes: T rows, D terms, A results; p: padded to whole panels.
using MoELab.Interop.Products;
using MoELab.Interop.Torch;

namespace MoELab.Kernels.Cpu;

/// <summary>
/// <c>y = x w'</c> and its gradients on panels. Rows are computed in blocks, the weight's gradient in squares that each sum over the
/// blocks in order, so the number of threads does not change a single bit.
/// </summary>
internal static unsafe class LinearPass
{
    private const int BlockRows = 128, SquareColumns = 128;

    // Number of rows whose panels are in memory at once, because gradients of logits are wide.
    private const int GroupBlocks = 8;

    /// <summary>The product [T, A] of x [T, D] and w [A, D].</summary>
    internal static Tensor Forward(Tensor x_TD, Tensor w_AD)
    {
        int t = (int)x_TD.shape[0], d = (int)x_TD.shape[1], a = (int)w_AD.shape[0], pd = PanelSize.PadColumns(d), width = PanelSize.Width;
        var y_TA = torch.empty([t, a], dtype: torch.ScalarType.Float32);
        using var room = PanelRoom.Rent((long)PanelSize.PadColumns(a) * pd);
        float* x = NativeTensor.Floats(x_TD), w = NativeTensor.Floats(w_AD), y = NativeTensor.Floats(y_TA),
            weight = room.Take((long)PanelSize.PadColumns(a) * pd);
        NativeTorch.Run(PanelSize.PadColumns(a) / width,
            (_, panel) => Panels.PackTransposed(w, a, d, panel * width, pd, weight + ((nint)panel * width * pd)));
        using var workspace = Workspace.Rent(NativeTorch.Workers, (long)BlockRows * pd);
        NativeTorch.Run(Blocks(t), (worker, block) =>
        {
            var (start, count, rows) = Block(block, t);
            var left = workspace[worker];
            Pack(x + ((nint)start * d), count, d, rows, left);
            Multiply(left, rows, pd, weight, y + ((nint)start * a), count, a);
        });
        return y_TA;
    }

    /// <summary>Gradients of x and w; null for those not requested.</summary>
    internal static (Tensor? X_TD, Tensor? W_AD) Backward(Tensor dY_TA, Tensor x_TD, Tensor w_AD, bool wantsX, bool wantsW)
    {
        int t = (int)x_TD.shape[0], d = (int)x_TD.shape[1], a = (int)w_AD.shape[0], pa = PanelSize.PadColumns(a),
            pd = PanelSize.PadColumns(d), width = PanelSize.Width;
        var (dX_TD, dW_AD) = (wantsX ? torch.empty_like(x_TD) : null, wantsW ? torch.empty_like(w_AD) : null);
        var held = (long)PanelSize.PadRows(Math.Min(t, GroupBlocks * BlockRows));
        long weights = wantsX ? (long)pd * pa : 0, lefts = held * pa, rights = wantsW ? held * pd : 0;
        using var room = PanelRoom.Rent(weights + lefts + rights);
        float* dY = NativeTensor.Floats(dY_TA), x = NativeTensor.Floats(x_TD), w = NativeTensor.Floats(w_AD);
        float* weight = room.Take(weights), left = room.Take(lefts), right = room.Take(rights),
            dX = NativeTensor.Floats(dX_TD), dW = NativeTensor.Floats(dW_AD);
        if (wantsX)
            NativeTorch.Run(pd / width, (_, panel) => Panels.Pack(w, a, d, panel * width, pa, weight + ((nint)panel * width * pa)));
        var across = (d + SquareColumns - 1) / SquareColumns;
        for (var first = 0; first < Blocks(t); first += GroupBlocks)
        {
            int from = first, blocks = Math.Min(GroupBlocks, Blocks(t) - first);
            NativeTorch.Run(blocks, (_, block) =>
            {
                var (start, count, rows) = Block(from + block, t);
                float* panels = left + ((nint)block * BlockRows * pa), at = right + ((nint)block * BlockRows * pd);
                Pack(dY + ((nint)start * a), count, a, rows, panels);
                if (wantsX)
                    Multiply(panels, rows, pa, weight, dX + ((nint)start * d), count, d);
                if (wantsW)
                    Pack(x + ((nint)start * d), count, d, rows, at);
            });
            NativeTorch.Run(wantsW ? pa / width * across : 0, (_, square) =>
            {
                int top = square / across * width, column = square % across * SquareColumns;
                for (var block = 0; block < blocks; block++)
                {
                    var (_, count, rows) = Block(from + block, t);
                    Product.Outer(left + ((nint)block * BlockRows * pa) + ((nint)top * rows), Math.Min(width, a - top),
                        right + ((nint)block * BlockRows * pd) + ((nint)column * rows), Math.Min(SquareColumns, d - column),
                        rows, count, dW + ((nint)top * d) + column, d, from + block > 0);
                }
            });
        }
        return (dX_TD, dW_AD);
    }

    private static int Blocks(int rows) => (rows + BlockRows - 1) / BlockRows;

    private static (int Start, int Count, int Padded) Block(int block, int rows)
    {
        var count = Math.Min(BlockRows, rows - (block * BlockRows));
        return (block * BlockRows, count, PanelSize.PadRows(count));
    }

    private static void Pack(float* from, int count, int columns, int rows, float* to)
    {
        for (var column = 0; column < columns; column += PanelSize.Width)
            Panels.Pack(from, count, columns, column, rows, to + ((nint)column * rows));
    }

    private static void Multiply(float* left, int rows, int depth, float* weight, float* to, int count, int columns)
    {
        for (var column = 0; column < columns; column += PanelSize.Width)
            Product.Rows(left, rows, depth, weight + ((nint)column * depth), to + column, columns, count,
                Math.Min(PanelSize.Width, columns - column));
    }
}
