using System.Runtime.Intrinsics;
using MoELab.Interop.Products;

namespace MoELab.Model.Fused;

// C head width, R = C/2.

/// <summary>Operations on one head of one token before and after attention: QK-norm, rotation, gate.</summary>
internal static unsafe class HeadRow
{
    /// <summary>
    /// Applies the norm if there is a gain, and the rotation if there is an angle. Cosines and sines are [R], everything else is [C].
    /// </summary>
    internal static void Forward(float* from, float* gain, double eps, float* cos, float* sin, int width, float* to)
    {
        if (gain == null)
            Buffer.MemoryCopy(from, to, width * sizeof(float), width * sizeof(float));
        else
            RowPieces.Scale(from, gain, RowPieces.InverseRms(from, width, eps), null, to, width);
        if (cos != null)
            Rotate(to, cos, sin, 1, width);
    }

    /// <summary>Turns the gradient of the output of <see cref="Forward"/> into that of its input, in place, and adds the gain's gradient.</summary>
    internal static void Backward(float* gradient, float* from, float* gain, double eps, float* cos, float* sin, int width, float* dGain)
    {
        // The inverse of a rotation is the rotation by the opposite angle.
        if (cos != null)
            Rotate(gradient, cos, sin, -1, width);
        if (gain != null)
            RowPieces.NormBackward(gradient, from, gain, RowPieces.InverseRms(from, width, eps), gradient, dGain, width);
    }

    /// <summary><c>to = x * share</c>.</summary>
    internal static void Scale(float* x, float share, float* to, int width)
    {
        var i = 0;
        for (; i <= width - Vector256<float>.Count; i += Vector256<float>.Count)
            (Vector256.Load(x + i) * share).Store(to + i);
        for (; i < width; i++)
            to[i] = x[i] * share;
    }

    /// <summary><c>y = o * sigmoid(gate)</c>.</summary>
    internal static void Gate(float* o, float* gate, float* y, int width)
    {
        var i = 0;
        for (; i <= width - Vector256<float>.Count; i += Vector256<float>.Count)
            (Vector256.Load(o + i) * VectorMath.Sigmoid(Vector256.Load(gate + i))).Store(y + i);
        for (; i < width; i++)
            y[i] = o[i] * VectorMath.Sigmoid(gate[i]);
    }

    /// <summary>Gradients of the gated value and of the gate.</summary>
    internal static void GateBackward(float* dy, float* o, float* gate, float* dO, float* dGate, int width)
    {
        var i = 0;
        for (; i <= width - Vector256<float>.Count; i += Vector256<float>.Count)
        {
            Vector256<float> s = VectorMath.Sigmoid(Vector256.Load(gate + i)), ds = Vector256.Load(dy + i) * s;
            ds.Store(dO + i);
            (ds * (Vector256<float>.One - s) * Vector256.Load(o + i)).Store(dGate + i);
        }
        for (; i < width; i++)
        {
            var s = VectorMath.Sigmoid(gate[i]);
            (dO[i], dGate[i]) = (dy[i] * s, dy[i] * s * (1 - s) * o[i]);
        }
    }

    private static void Rotate(float* x, float* cosines, float* sines, int direction, int width)
    {
        var (half, r) = (width / 2, 0);
        for (; r <= half - Vector256<float>.Count; r += Vector256<float>.Count)
        {
            Vector256<float> cos = Vector256.Load(cosines + r), sin = Vector256.Load(sines + r) * direction;
            Vector256<float> a = Vector256.Load(x + r), b = Vector256.Load(x + half + r);
            ((a * cos) - (b * sin)).Store(x + r);
            ((b * cos) + (a * sin)).Store(x + half + r);
        }
        for (; r < half; r++)
        {
            float cos = cosines[r], sin = direction * sines[r], a = x[r], b = x[half + r];
            (x[r], x[half + r]) = ((a * cos) - (b * sin), (b * cos) + (a * sin));
        }
    }
}
