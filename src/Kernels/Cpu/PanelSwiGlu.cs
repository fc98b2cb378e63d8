using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using MoELab.Interop.Products;

namespace MoELab.Kernels.Cpu;

/// <summary>
/// <c>weight · silu(gate) · up</c> and its gradients over rows in panels, each in one pass: gate panels first, then up panels.
/// Widths are whole panels.
/// </summary>
internal static unsafe class PanelSwiGlu
{
    /// <summary>Rows beyond <paramref name="choices"/> become zero.</summary>
    internal static void Forward(float* pre, float* gates, ReadOnlySpan<int> choices, int rows, int width, float* inner)
    {
        var panel = PanelSize.Width;
        var size = (nint)rows * panel;
        var half = size * (width / panel);
        for (var p = 0; p < width / panel; p++)
        {
            float* gate = pre + (p * size), to = inner + (p * size);
            for (var r = 0; r < rows; r++, gate += panel, to += panel)
                ForwardRow(gate, gate + half, r < choices.Length ? gates[choices[r]] : 0, to, panel);
        }
    }

    /// <summary>
    /// Writes the gradient of gate and up, replaces the gradient of the inner rows by the weighted inner rows, and writes the gradient of
    /// each choice's weight.
    /// </summary>
    internal static void Backward(float* pre, float* inner, float* gates, ReadOnlySpan<int> choices, int rows, int width, float* dPre, float* dGates)
    {
        var panel = PanelSize.Width;
        var size = (nint)rows * panel;
        var half = size * (width / panel);
        for (var r = 0; r < rows; r++)
        {
            var weight = r < choices.Length ? gates[choices[r]] : 0;
            float sum = 0;
            for (var p = 0; p < width / panel; p++)
            {
                var at = (p * size) + ((nint)r * panel);
                sum += BackwardRow(pre + at, pre + half + at, inner + at, weight, dPre + at, dPre + half + at, panel);
            }
            if (r < choices.Length)
                dGates[choices[r]] = sum;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ForwardRow(float* gate, float* up, float weight, float* to, int count)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            for (var i = 0; i < count; i += 16)
            {
                var g = Vector512.Load(gate + i);
                (g * VectorMath.Sigmoid(g) * Vector512.Load(up + i) * weight).Store(to + i);
            }
            return;
        }
        for (var i = 0; i < count; i += 8)
        {
            var g = Vector256.Load(gate + i);
            (g * VectorMath.Sigmoid(g) * Vector256.Load(up + i) * weight).Store(to + i);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float BackwardRow(float* gate, float* up, float* inner, float weight, float* dGate, float* dUp, int count)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            var wide = Vector512<float>.Zero;
            for (var i = 0; i < count; i += 16)
            {
                Vector512<float> g = Vector512.Load(gate + i), u = Vector512.Load(up + i), d = Vector512.Load(inner + i);
                var sigmoid = VectorMath.Sigmoid(g);
                var silu = g * sigmoid;
                var value = silu * u;
                wide += d * value;
                d *= weight;
                (d * u * (sigmoid + (silu * (Vector512<float>.One - sigmoid)))).Store(dGate + i);
                (d * silu).Store(dUp + i);
                (value * weight).Store(inner + i);
            }
            return Vector512.Sum(wide);
        }
        var sums = Vector256<float>.Zero;
        for (var i = 0; i < count; i += 8)
        {
            Vector256<float> g = Vector256.Load(gate + i), u = Vector256.Load(up + i), d = Vector256.Load(inner + i);
            var sigmoid = VectorMath.Sigmoid(g);
            var silu = g * sigmoid;
            var value = silu * u;
            sums += d * value;
            d *= weight;
            (d * u * (sigmoid + (silu * (Vector256<float>.One - sigmoid)))).Store(dGate + i);
            (d * silu).Store(dUp + i);
            (value * weight).Store(inner + i);
        }
        return Vector256.Sum(sums);
    }
}
