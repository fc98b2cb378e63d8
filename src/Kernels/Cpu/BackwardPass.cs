// Shapes: T tokens, N rows, E experts, D model width, F inner width, G = 2F; p: padded to whole panels.
using MoELab.Interop.Products;
using MoELab.Interop.Torch;

namespace MoELab.Kernels.Cpu;

/// <summary>Computes the gradients of tokens, weights and gates from those of the output, in one pass over each row.</summary>
internal sealed unsafe class BackwardPass(WorkPlan plan, Tensor dOut_TD, BackwardPass.Inputs inputs, Tensor? saved, Tensor?[] gradients,
    Workspace workspace)
{
    private readonly float* _x = NativeTensor.Floats(inputs.X_TD), _w13 = NativeTensor.Floats(inputs.W13_EGD),
        _w2 = NativeTensor.Floats(inputs.W2_EDF), _gates = NativeTensor.Floats(inputs.Gates_N);
    private readonly float* _dX = NativeTensor.Floats(gradients[0]), _dW13 = NativeTensor.Floats(gradients[1]),
        _dW2 = NativeTensor.Floats(gradients[2]), _dGates = NativeTensor.Floats(gradients[3]);
    private readonly float* _dOut = NativeTensor.Floats(dOut_TD), _saved = NativeTensor.Floats(saved);
    private readonly Turns _rowTurns = Lanes.Create(plan.D), _weightTurns = new(1);

    /// <summary>Contiguous inputs of the forward pass.</summary>
    internal readonly record struct Inputs(Tensor X_TD, Tensor W13_EGD, Tensor W2_EDF, Tensor Gates_N);

    /// <summary>Gradients of x, W13, W2 and gates; null for those not requested. Pre-activations that were not saved are computed again.</summary>
    internal static Tensor?[] Run(WorkPlan plan, Tensor dOut_TD, Inputs inputs, Tensor? saved, bool[] wanted)
    {
        Tensor?[] gradients =
        [
            wanted[0] ? torch.zeros_like(inputs.X_TD) : null,
            wanted[1] ? torch.empty_like(inputs.W13_EGD) : null,
            wanted[2] ? torch.empty_like(inputs.W2_EDF) : null,
            torch.zeros_like(inputs.Gates_N),
        ];
        int d = plan.PaddedD, f = plan.PaddedF;
        var floats = ((long)plan.BlockRows * (d + (3 * f))) + ((long)Math.Max(d, 2 * f) * PanelSize.Width);
        floats += (wanted[0] ? (long)plan.LargestTask * d : 0) + (plan.HasLaterPieces ? 3L * plan.D * plan.F : 0);
        floats += saved is null ? ((long)plan.BlockRows * 2 * f) + (2L * d * f) : 0;
        using var workspace = Workspace.Rent(NativeTorch.Workers, floats);
        var pass = new BackwardPass(plan, dOut_TD, inputs, saved, gradients, workspace);
        pass.ClearUnused();
        NativeTorch.Run(plan.TaskEnds.Length, pass.Task);
        if (!wanted[3])
            gradients[3] = null;
        return gradients;
    }

    // An expert without tokens has a zero gradient, not a missing one.
    private void ClearUnused()
    {
        for (var e = 0; e < plan.Counts_E.Length; e++)
        {
            if (plan.Counts_E[e] > 0)
                continue;
            if (_dW13 != null)
                new Span<float>(_dW13 + ((nint)e * 2 * plan.F * plan.D), 2 * plan.F * plan.D).Clear();
            if (_dW2 != null)
                new Span<float>(_dW2 + ((nint)e * plan.F * plan.D), plan.F * plan.D).Clear();
        }
    }

    private void Task(int worker, int task)
    {
        try
        {
            var buffers = new Buffers(plan, workspace[worker], _dX != null, _saved == null);
            var dX = buffers.DX;
            foreach (var piece in plan.PiecesOf(task))
            {
                if (_saved == null)
                    Weights.PackUp(plan, _w13, piece.Expert, buffers.PackedUp);
                var size = (nint)plan.D * plan.F;
                float* dW13 = piece.IsFirst ? _dW13 + (piece.Expert * 2 * size) : buffers.DW,
                    dW2 = piece.IsFirst ? _dW2 + (piece.Expert * size) : buffers.DW + (2 * size);
                foreach (var block in new Blocks(plan, piece))
                {
                    Rows(buffers, piece, block, dX, dW13, dW2);
                    dX += (nint)block.Padded * plan.PaddedD;
                }
            }
            if (_dX != null)
                Lanes.Add(_rowTurns, plan, task, buffers.DX, _dX);
            AddWeights(task, buffers.DW);
        }
        catch
        {
            _rowTurns.Fail();
            _weightTurns.Fail();
            throw;
        }
    }

    private void Rows(in Buffers buffers, in Piece piece, in Block block, float* dX, float* dW13, float* dW2)
    {
        int d = plan.PaddedD, f = plan.PaddedF, width = PanelSize.Width, rows = block.Padded;
        ReadOnlySpan<int> tokens = plan.TokensOf(block.Start, block.Count), choices = plan.ChoicesOf(block.Start, block.Count);
        var add = block.Start > piece.Start;

        var pre = _saved + ((nint)block.Saved * 2 * f);
        if (_saved == null)
        {
            pre = buffers.Pre;
            Panels.Gather(_x, plan.D, tokens, rows, buffers.Rows);
            for (var column = 0; column < 2 * f; column += width)
                Product.Panel(buffers.Rows, rows, d, buffers.PackedUp + ((nint)column * d), pre + ((nint)column * rows));
        }

        Panels.Gather(_dOut, plan.D, tokens, rows, buffers.Rows);
        for (var column = 0; column < f; column += width)
        {
            Panels.Pack(_w2 + ((nint)piece.Expert * plan.D * plan.F), plan.D, plan.F, column, d, buffers.Panel);
            Product.Panel(buffers.Rows, rows, d, buffers.Panel, buffers.Inner + ((nint)column * rows));
        }
        PanelSwiGlu.Backward(pre, buffers.Inner, _gates, choices, rows, f, buffers.DPre, _dGates);
        if (_dW2 != null)
            Product.Outer(buffers.Rows, plan.D, buffers.Inner, plan.F, rows, block.Count, dW2, plan.F, add);
        if (_dX != null)
        {
            for (var column = 0; column < d; column += width)
            {
                Weights.PackTokenGradient(plan, _w13, piece.Expert, column, buffers.Panel);
                Product.Panel(buffers.DPre, rows, 2 * f, buffers.Panel, dX + ((nint)column * rows));
            }
        }
        if (_dW13 != null)
        {
            Panels.Gather(_x, plan.D, tokens, rows, buffers.Rows);
            Product.Outer(buffers.DPre, plan.F, buffers.Rows, plan.D, rows, block.Count, dW13, plan.D, add);
            Product.Outer(buffers.DPre + ((nint)rows * f), plan.F, buffers.Rows, plan.D, rows, block.Count,
                dW13 + ((nint)plan.F * plan.D), plan.D, add);
        }
    }

    // The first piece of an expert wrote its gradient in place; later ones add theirs in order.
    private void AddWeights(int task, float* dW)
    {
        if (!plan.HasLaterPieces)
            return;
        _weightTurns.Await(0, task);
        var piece = plan.PiecesOf(task)[0];
        if (!piece.IsFirst)
        {
            var size = (nint)plan.D * plan.F;
            if (_dW13 != null)
                Panels.Add(dW, _dW13 + (piece.Expert * 2 * size), (int)(2 * size));
            if (_dW2 != null)
                Panels.Add(dW + (2 * size), _dW2 + (piece.Expert * size), (int)size);
        }
        _weightTurns.Pass(0, task);
    }

    /// <summary>One thread's working memory.</summary>
    private readonly struct Buffers
    {
        internal readonly float* Rows, Inner, DPre, Panel, DX, DW, Pre, PackedUp;

        internal Buffers(WorkPlan plan, float* start, bool rows, bool again)
        {
            int d = plan.PaddedD, f = plan.PaddedF, block = plan.BlockRows;
            Rows = start;
            Inner = Rows + ((nint)block * d);
            DPre = Inner + ((nint)block * f);
            Panel = DPre + ((nint)block * 2 * f);
            DX = Panel + ((nint)Math.Max(d, 2 * f) * PanelSize.Width);
            DW = DX + (rows ? (nint)plan.LargestTask * d : 0);
            Pre = DW + (plan.HasLaterPieces ? 3 * (nint)plan.D * plan.F : 0);
            PackedUp = Pre + (again ? (nint)block * 2 * f : 0);
        }
    }
}
