// Shapes: T tokens, D model width, F inner width, G = 2F, E experts, K choices of a token, N = T·K choices.
namespace MoELab.CudaCheck;

/// <summary>Routed SwiGLU experts and their gradients in float64, row by row, with every step that a kernel writes.</summary>
internal sealed class LayerOracle
{
    internal LayerOracle(LayerProblem p, int[] expert_N, double[] x_TD, double[] w13_EGD, double[] w2_EDF, float[] gate_N, double[] dy_TD)
    {
        int d = p.D, f = p.F, g = 2 * p.F, n = expert_N.Length;
        RowChoice_N = [.. Enumerable.Range(0, n).OrderBy(i => expert_N[i]).Select(i => (long)i)];
        RowToken_N = [.. RowChoice_N.Select(i => i / p.K)];
        Ends_E = [.. Enumerable.Range(0, p.E).Select(e => expert_N.Count(x => x <= e))];
        (P_NG, H_NF, Y_ND, Y_TD) = (new double[n * g], new double[n * f], new double[n * d], new double[p.T * d]);
        (Dp_NG, Hg_NF, DGate_N, Dx_ND, Dx_TD) = (new double[n * g], new double[n * f], new double[n], new double[n * d], new double[p.T * d]);
        (DW13_EGD, DW2_EDF) = (new double[w13_EGD.Length], new double[w2_EDF.Length]);
        for (var row = 0; row < n; row++)
        {
            int choice = (int)RowChoice_N[row], t = choice / p.K, e = expert_N[choice];
            var x = x_TD.AsSpan(t * d, d);
            var dy = dy_TD.AsSpan(t * d, d);
            double gate = gate_N[choice];
            for (var j = 0; j < g; j++)
                P_NG[(row * g) + j] = Dot(x, w13_EGD.AsSpan(((e * g) + j) * d, d));
            for (var j = 0; j < f; j++)
            {
                double a = P_NG[(row * g) + j], up = P_NG[(row * g) + f + j], sigmoid = 1 / (1 + Math.Exp(-a)), silu = a * sigmoid;
                var inner = silu * up;
                var dInner = 0.0;
                for (var c = 0; c < d; c++)
                {
                    var w = w2_EDF[(((e * d) + c) * f) + j];
                    dInner += dy[c] * w;
                    Y_ND[(choice * d) + c] += gate * inner * w;
                    DW2_EDF[(((e * d) + c) * f) + j] += gate * inner * dy[c];
                }
                (H_NF[(row * f) + j], Hg_NF[(row * f) + j]) = (inner, gate * inner);
                DGate_N[choice] += dInner * inner;
                Dp_NG[(row * g) + j] = gate * dInner * up * (sigmoid + (silu * (1 - sigmoid)));
                Dp_NG[(row * g) + f + j] = gate * dInner * silu;
            }
            for (var j = 0; j < g; j++)
            {
                for (var c = 0; c < d; c++)
                {
                    Dx_ND[(choice * d) + c] += Dp_NG[(row * g) + j] * w13_EGD[(((e * g) + j) * d) + c];
                    DW13_EGD[(((e * g) + j) * d) + c] += Dp_NG[(row * g) + j] * x[c];
                }
            }
        }
        for (var i = 0; i < n * d; i++)
        {
            Y_TD[(i / d / p.K * d) + (i % d)] += Y_ND[i];
            Dx_TD[(i / d / p.K * d) + (i % d)] += Dx_ND[i];
        }
    }

    internal long[] RowChoice_N { get; }

    internal long[] RowToken_N { get; }

    internal int[] Ends_E { get; }

    internal double[] P_NG { get; }

    internal double[] H_NF { get; }

    internal double[] Y_ND { get; }

    internal double[] Y_TD { get; }

    internal double[] Dp_NG { get; }

    internal double[] Hg_NF { get; }

    internal double[] DGate_N { get; }

    internal double[] Dx_ND { get; }

    internal double[] Dx_TD { get; }

    internal double[] DW13_EGD { get; }

    internal double[] DW2_EDF { get; }

    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var sum = 0.0;
        for (var i = 0; i < a.Length; i++)
            sum += a[i] * b[i];
        return sum;
    }
}
