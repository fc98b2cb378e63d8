// Shapes: T tokens, N rows (choices sorted by expert), E experts, D model width, F inner width, G = 2F.
using MoELab.Interop;

namespace MoELab.Experts;

/// <summary>One micro-batch of one layer for the sliced kernel: which slices there are and what is done with each.</summary>
internal sealed unsafe class SlicedWork
{
    /// <summary>Rows of a slice: tokens, pre-activations and results of a slice fit a second-level cache at the widths of small models.</summary>
    private const int SliceRows = 192;

    private readonly int[] _rowToken_N;
    private readonly int[] _rowChoice_N;
    private readonly int[] _counts_E;
    private readonly int[] _starts_E;
    private readonly (int Expert, int Start, int Count)[] _slices;
    private readonly int _largest;
    private readonly TokenRows _tokenRows;
    private readonly int _tokens;
    private readonly int _d;
    private readonly int _f;

    internal SlicedWork(DispatchPlan plan, int width, int innerWidth)
    {
        using var scope = torch.NewDisposeScope();
        (_tokens, _d, _f, _counts_E) = (plan.Tokens, width, innerWidth, [.. plan.Counts]);
        Rows = checked((int)plan.RowToken_N.numel());
        _rowToken_N = Ints(plan.RowToken_N);
        _rowChoice_N = Ints(plan.RowChoice_N);
        _tokenRows = new TokenRows(_rowToken_N, _tokens);
        _starts_E = new int[_counts_E.Length];
        var slices = new List<(int, int, int)>();
        for (int e = 0, start = 0; e < _counts_E.Length; start += _counts_E[e], e++)
        {
            _starts_E[e] = start;
            var pieces = (_counts_E[e] + SliceRows - 1) / SliceRows;
            for (var p = 0; p < pieces; p++)
            {
                int from = (int)((long)_counts_E[e] * p / pieces), to = (int)((long)_counts_E[e] * (p + 1) / pieces);
                slices.Add((e, start + from, to - from));
                _largest = Math.Max(_largest, to - from);
            }
        }
        _slices = [.. slices];
    }

    /// <summary>N.</summary>
    internal int Rows { get; }

    /// <summary>F.</summary>
    internal int Width => _f;

    /// <summary>[T, D]; fills the pre-activations [N, G] when they are asked for.</summary>
    internal Tensor Forward(Tensor x_TD, Tensor w13_EGD, Tensor w2_EDF, Tensor gates_N, Tensor? pre_NG)
    {
        int d = _d, f = _f, g = 2 * _f;
        using var y_ND = torch.empty([Rows, d], dtype: torch.ScalarType.Float32);
        var out_TD = torch.empty([_tokens, d], dtype: torch.ScalarType.Float32);
        float* x = NativeTorch.Floats(x_TD), w13 = NativeTorch.Floats(w13_EGD), w2 = NativeTorch.Floats(w2_EDF), gates = NativeTorch.Floats(gates_N);
        float* y = NativeTorch.Floats(y_ND), result = NativeTorch.Floats(out_TD), kept = pre_NG is null ? null : NativeTorch.Floats(pre_NG);
        using var scratch = new Scratch(NativeTorch.Workers, (long)_largest * (d + g + f));

        NativeTorch.Run(_slices.Length, (worker, task) =>
        {
            var (expert, start, count) = _slices[task];
            float* tokens = scratch[worker], pre = tokens + ((long)_largest * d), inner = pre + ((long)_largest * g);
            if (kept != null)
                pre = kept + ((long)start * g);
            Gather(x, start, count, tokens);
            NativeTorch.Gemm(false, true, count, g, d, 1, tokens, d, w13 + ((long)expert * g * d), d, 0, pre, g);
            for (var r = 0; r < count; r++)
                SwiGlu.Forward(pre + ((long)r * g), gates[_rowChoice_N[start + r]], inner + ((long)r * f), f);
            NativeTorch.Gemm(false, true, count, d, f, 1, inner, f, w2 + ((long)expert * d * f), f, 0, y + ((long)start * d), d);
        });
        NativeTorch.Run(_tokenRows.Pieces, (_, piece) => _tokenRows.Sum(piece, y, result, d));
        return out_TD;
    }

    /// <summary>Gradients of x, W13, W2 and gates; null where not wanted.</summary>
    internal Tensor?[] Backward(Tensor dOut_TD, Tensor x_TD, Tensor w13_EGD, Tensor w2_EDF, Tensor gates_N, Tensor pre_NG, bool[] wanted)
    {
        int d = _d, f = _f, g = 2 * _f;
        var weightsWanted = wanted[1] || wanted[2];
        var dX_TD = wanted[0] ? Empty(_tokens, d) : null;
        var dX_ND = wanted[0] ? Empty(Rows, d) : null;
        // An expert without tokens has a zero gradient, not none.
        var dW13_EGD = wanted[1] ? torch.zeros_like(w13_EGD) : null;
        var dW2_EDF = wanted[2] ? torch.zeros_like(w2_EDF) : null;
        var dGates_N = torch.zeros_like(gates_N);
        var dPre_NG = Empty(Rows, g);
        var inner_NF = weightsWanted ? Empty(Rows, f) : null;

        float* dOut = NativeTorch.Floats(dOut_TD), x = NativeTorch.Floats(x_TD), w13 = NativeTorch.Floats(w13_EGD), w2 = NativeTorch.Floats(w2_EDF);
        float* gates = NativeTorch.Floats(gates_N), pre = NativeTorch.Floats(pre_NG), dGates = NativeTorch.Floats(dGates_N), dPre = NativeTorch.Floats(dPre_NG);
        float* dXRows = Start(dX_ND), dX = Start(dX_TD), inner = Start(inner_NF), dW13 = Start(dW13_EGD), dW2 = Start(dW2_EDF);
        using var scratch = new Scratch(NativeTorch.Workers, (long)_largest * (d + (2 * f)));

        NativeTorch.Run(_slices.Length, (worker, task) =>
        {
            var (expert, start, count) = _slices[task];
            float* dRows = scratch[worker], dInner = dRows + ((long)_largest * d), unkept = dInner + ((long)_largest * f);
            Gather(dOut, start, count, dRows);
            NativeTorch.Gemm(false, false, count, f, d, 1, dRows, d, w2 + ((long)expert * d * f), f, 0, dInner, f);
            for (var r = 0; r < count; r++)
            {
                var choice = _rowChoice_N[start + r];
                var weighted = inner != null ? inner + ((long)(start + r) * f) : unkept;
                dGates[choice] = SwiGlu.Backward(pre + ((long)(start + r) * g), dInner + ((long)r * f), gates[choice], dPre + ((long)(start + r) * g), weighted, f);
            }
            if (dXRows != null)
                NativeTorch.Gemm(false, false, count, d, g, 1, dPre + ((long)start * g), g, w13 + ((long)expert * g * d), d, 0, dXRows + ((long)start * d), d);
        });

        var products = weightsWanted ? WeightProducts(wanted[1], wanted[2]) : [];
        var pieces = dX_TD is null ? 0 : _tokenRows.Pieces;
        NativeTorch.Run(products.Count + pieces, (worker, task) =>
        {
            if (task >= products.Count)
            {
                _tokenRows.Sum(task - products.Count, dXRows, dX, d);
                return;
            }
            var (expert, part) = products[task];
            for (int done = 0, count = _counts_E[expert]; done < count; done += _largest)
            {
                var (rows, n, beta) = (_starts_E[expert] + done, Math.Min(_largest, count - done), done == 0 ? 0f : 1f);
                var gathered = scratch[worker];
                Gather(part == 2 ? dOut : x, rows, n, gathered);
                if (part == 2)
                    NativeTorch.Gemm(true, false, d, f, n, 1, gathered, d, inner + ((long)rows * f), f, beta, dW2 + ((long)expert * d * f), f);
                else
                    NativeTorch.Gemm(true, false, f, d, n, 1, dPre + ((long)rows * g) + (part * f), g, gathered, d, beta, dW13 + ((((long)expert * g) + (part * f)) * d), d);
            }
        });
        return [dX_TD, dW13_EGD, dW2_EDF, wanted[3] ? dGates_N : null];
    }

    // Gate part, up part and down matrix of each expert, the longest first so that no thread ends late.
    private List<(int Expert, int Part)> WeightProducts(bool w13, bool w2) =>
        [.. Enumerable.Range(0, _counts_E.Length).Where(e => _counts_E[e] > 0).OrderByDescending(e => _counts_E[e])
            .SelectMany(e => Enumerable.Range(0, 3).Where(part => part == 2 ? w2 : w13).Select(part => (e, part)))];

    private void Gather(float* from, int start, int count, float* to)
    {
        for (var r = 0; r < count; r++)
            Buffer.MemoryCopy(from + ((long)_rowToken_N[start + r] * _d), to + ((long)r * _d), _d * sizeof(float), _d * sizeof(float));
    }

    private static float* Start(Tensor? tensor) => tensor is null ? null : NativeTorch.Floats(tensor);

    private static Tensor Empty(long rows, long columns) => torch.empty([rows, columns], dtype: torch.ScalarType.Float32);

    private static int[] Ints(Tensor longs_N)
    {
        using var host_N = longs_N.to(torch.ScalarType.Int32).contiguous();
        return host_N.data<int>().ToArray();
    }
}
