// Shapes: T tokens, N rows, E experts, D model width, F inner width, G = 2F; p: padded to whole panels.
using MoELab.Interop.Products;
using MoELab.Interop.Torch;

namespace MoELab.Kernels.Cpu;

/// <summary>Computes each token's weighted sum over its experts.</summary>
internal sealed unsafe class ForwardPass(WorkPlan plan, Tensor x_TD, Tensor w13_EGD, Tensor w2_EDF, Tensor gates_N, Tensor out_TD, Tensor? saved,
    Workspace workspace)
{
    private readonly float* _x = NativeTensor.Floats(x_TD), _w13 = NativeTensor.Floats(w13_EGD), _w2 = NativeTensor.Floats(w2_EDF),
        _gates = NativeTensor.Floats(gates_N), _out = NativeTensor.Floats(out_TD), _saved = NativeTensor.Floats(saved);
    private readonly Turns _turns = Lanes.Create(plan.D);

    /// <summary>The output [T, D]; fills the pre-activations if they are kept for backward.</summary>
    internal static Tensor Run(WorkPlan plan, Tensor x_TD, Tensor w13_EGD, Tensor w2_EDF, Tensor gates_N, Tensor? saved)
    {
        var out_TD = torch.zeros([plan.Tokens, plan.D], dtype: torch.ScalarType.Float32);
        int d = plan.PaddedD, f = plan.PaddedF;
        using var workspace = Workspace.Rent(NativeTorch.Workers,
            ((long)plan.BlockRows * (d + (saved is null ? 3 * f : f))) + (3L * d * f) + ((long)plan.LargestTask * d));
        var pass = new ForwardPass(plan, x_TD, w13_EGD, w2_EDF, gates_N, out_TD, saved, workspace);
        NativeTorch.Run(plan.TaskEnds.Length, pass.Task);
        return out_TD;
    }

    private void Task(int worker, int task)
    {
        try
        {
            int d = plan.PaddedD, f = plan.PaddedF, width = PanelSize.Width;
            float* tokens = workspace[worker], pre = tokens + ((nint)plan.BlockRows * d),
                inner = pre + (_saved == null ? (nint)plan.BlockRows * 2 * f : 0);
            float* packed13 = inner + ((nint)plan.BlockRows * f), packed2 = packed13 + ((nint)d * 2 * f), y = packed2 + ((nint)d * f);
            var result = y;
            foreach (var piece in plan.PiecesOf(task))
            {
                Weights.PackUp(plan, _w13, piece.Expert, packed13);
                for (var column = 0; column < d; column += width)
                    Panels.PackTransposed(_w2 + ((nint)piece.Expert * plan.D * plan.F), plan.D, plan.F, column, f, packed2 + ((nint)column * f));
                foreach (var block in new Blocks(plan, piece))
                {
                    var at = _saved == null ? pre : _saved + ((nint)block.Saved * 2 * f);
                    Panels.Gather(_x, plan.D, plan.TokensOf(block.Start, block.Count), block.Padded, tokens);
                    for (var column = 0; column < 2 * f; column += width)
                        Product.Panel(tokens, block.Padded, d, packed13 + ((nint)column * d), at + ((nint)column * block.Padded));
                    PanelSwiGlu.Forward(at, _gates, plan.ChoicesOf(block.Start, block.Count), block.Padded, f, inner);
                    for (var column = 0; column < d; column += width)
                        Product.Panel(inner, block.Padded, f, packed2 + ((nint)column * f), result + ((nint)column * block.Padded));
                    result += (nint)block.Padded * d;
                }
            }
            Lanes.Add(_turns, plan, task, y, _out);
        }
        catch
        {
            _turns.Fail();
            throw;
        }
    }
}
