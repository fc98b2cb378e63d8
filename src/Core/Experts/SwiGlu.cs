using System.Runtime.Intrinsics;
using MoELab.Interop.Products;

namespace MoELab.Experts;

/// <summary>One row of <c>weight · silu(gate) · up</c> and its gradients, each in one pass. The row holds the gate half, then the up half.</summary>
internal static unsafe class SwiGlu
{
    internal static void Forward(float* pre, float weight, float* inner, int width)
    {
        var up = pre + width;
        var i = 0;
        for (; i <= width - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            var gate = Vector256.Load(pre + i);
            (gate * VectorMath.Sigmoid(gate) * Vector256.Load(up + i) * weight).Store(inner + i);
        }
        for (; i < width; i++)
            inner[i] = pre[i] / (1 + MathF.Exp(-pre[i])) * up[i] * weight;
    }

    /// <summary>Writes the gradient of both halves and the weighted inner row; returns the weight's gradient.</summary>
    internal static float Backward(float* pre, float* dInner, float weight, float* dPre, float* weighted, int width)
    {
        float* up = pre + width, dUp = dPre + width;
        var sums = Vector256<float>.Zero;
        var i = 0;
        for (; i <= width - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> gate = Vector256.Load(pre + i), u = Vector256.Load(up + i), d = Vector256.Load(dInner + i);
            var sigmoid = VectorMath.Sigmoid(gate);
            var silu = gate * sigmoid;
            var inner = silu * u;
            sums += d * inner;
            d *= weight;
            (d * u * (sigmoid + (silu * (Vector256<float>.One - sigmoid)))).Store(dPre + i);
            (d * silu).Store(dUp + i);
            (inner * weight).Store(weighted + i);
        }
        var sum = Vector256.Sum(sums);
        for (; i < width; i++)
        {
            float sigmoid = 1 / (1 + MathF.Exp(-pre[i])), silu = pre[i] * sigmoid, inner = silu * up[i], d = dInner[i];
            sum += d * inner;
            d *= weight;
            dPre[i] = d * up[i] * (sigmoid + (silu * (1 - sigmoid)));
            dUp[i] = d * silu;
            weighted[i] = inner * weight;
        }
        return sum;
    }
}
