namespace MoELab.Tests.Experts;

/// <summary>Routed SwiGLU experts and their gradients, choice by choice in double precision.</summary>
internal sealed class ExpertOracle(int tokens, int d, int f, int experts)
{
    public double[] X { get; init; } = new double[tokens * d];

    public double[] W13 { get; init; } = new double[experts * 2 * f * d];

    public double[] W2 { get; init; } = new double[experts * d * f];

    public required (int Token, int Expert)[] Choices { get; init; }

    public required double[] Gates { get; init; }

    public double[] Forward()
    {
        var y = new double[tokens * d];
        for (var i = 0; i < Choices.Length; i++)
        {
            var (t, e) = Choices[i];
            var inner = Inner(t, e, out _, out _);
            for (var c = 0; c < d; c++)
            {
                for (var j = 0; j < f; j++)
                    y[(t * d) + c] += Gates[i] * W2[(((e * d) + c) * f) + j] * inner[j];
            }
        }
        return y;
    }

    public (double[] X, double[] W13, double[] W2, double[] Gates) Backward(double[] dy)
    {
        var (dx, dw13, dw2, dgates) = (new double[X.Length], new double[W13.Length], new double[W2.Length], new double[Gates.Length]);
        for (var i = 0; i < Choices.Length; i++)
        {
            var (t, e) = Choices[i];
            var inner = Inner(t, e, out var gate, out var up);
            for (var j = 0; j < f; j++)
            {
                double dInner = 0;
                for (var c = 0; c < d; c++)
                {
                    dInner += dy[(t * d) + c] * W2[(((e * d) + c) * f) + j];
                    dw2[(((e * d) + c) * f) + j] += Gates[i] * dy[(t * d) + c] * inner[j];
                }
                dgates[i] += dInner * inner[j];
                dInner *= Gates[i];
                var s = 1 / (1 + Math.Exp(-gate[j]));
                var (dGate, dUp) = (dInner * up[j] * s * (1 + (gate[j] * (1 - s))), dInner * gate[j] * s);
                for (var c = 0; c < d; c++)
                {
                    int g = (((e * 2 * f) + j) * d) + c, u = (((e * 2 * f) + f + j) * d) + c;
                    dw13[g] += dGate * X[(t * d) + c];
                    dw13[u] += dUp * X[(t * d) + c];
                    dx[(t * d) + c] += (dGate * W13[g]) + (dUp * W13[u]);
                }
            }
        }
        return (dx, dw13, dw2, dgates);
    }

    private double[] Inner(int t, int e, out double[] gate, out double[] up)
    {
        (gate, up) = (new double[f], new double[f]);
        var inner = new double[f];
        for (var j = 0; j < f; j++)
        {
            for (var c = 0; c < d; c++)
            {
                gate[j] += W13[(((e * 2 * f) + j) * d) + c] * X[(t * d) + c];
                up[j] += W13[(((e * 2 * f) + f + j) * d) + c] * X[(t * d) + c];
            }
            inner[j] = gate[j] / (1 + Math.Exp(-gate[j])) * up[j];
        }
        return inner;
    }
}
