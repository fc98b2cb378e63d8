using System.Runtime.Intrinsics;
using MoELab.Interop;

namespace MoELab.Model.Fused;

// B sequences, S positions, T = B*S, K heads of the projection, H = K*copies, C head width, R = C/2, P pieces.

/// <summary>A projection as heads: QK-norm, rotation, layout and repetition in one pass.</summary>
internal sealed unsafe class HeadFunction : GuardedFunction<HeadFunction>
{
    public override string Name => nameof(HeadFunction);

    internal static Tensor Run(Tensor p_TA, Tensor? gain_C, SequenceLayout layout, HeadShape shape)
    {
        var flat_TA = p_TA.contiguous();
        if (!torch.is_grad_enabled() || !(p_TA.requires_grad || gain_C?.requires_grad == true))
            return new Pass(layout, shape).Forward(flat_TA, gain_C);
        return gain_C is null ? apply(flat_TA, new Pass(layout, shape)) : apply(flat_TA, new Pass(layout, shape), gain_C);
    }

    protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
    {
        using var scope = torch.NewDisposeScope();
        var (p_TA, pass) = ((Tensor)vars[0], (Pass)vars[1]);
        var gain_C = vars.Length > 2 ? (Tensor)vars[2] : null;
        // Without a gain only the shape of the projection is needed again.
        ctx.save_for_backward(gain_C is null ? [] : [p_TA, gain_C]);
        ctx.save_data("pass", pass);
        return pass.Forward(p_TA, gain_C).MoveToOuterDisposeScope();
    }

    protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
    {
        using var scope = torch.NewDisposeScope();
        var saved = ctx.get_saved_variables();
        var (dP_TA, dGain_C) = ((Pass)ctx.get_data("pass")).Backward(grad_output.contiguous(), saved.Count > 0 ? saved[0] : null, saved.Count > 0 ? saved[1] : null);
        dP_TA.MoveToOuterDisposeScope();
        return dGain_C is null ? [dP_TA, null!] : [dP_TA, null!, dGain_C.MoveToOuterDisposeScope()];
    }

    private sealed class Pass
    {
        private readonly HeadShape _shape;
        private readonly int _batch;
        private readonly int _length;
        private readonly float[] _cos_SR;
        private readonly float[] _sin_SR;

        internal Pass(SequenceLayout layout, HeadShape shape)
        {
            (_shape, _batch, _length) = (shape, layout.Batch, layout.Length);
            (_cos_SR, _sin_SR) = shape.Rotated ? (layout.HostCos_SR, layout.HostSin_SR) : ([], []);
        }

        internal Tensor Forward(Tensor p_TA, Tensor? gain_C)
        {
            var (heads, width, copies) = (_shape.Heads, _shape.Width, _shape.Copies);
            var h_BHSC = torch.empty([_batch, heads * copies, _length, width], dtype: torch.ScalarType.Float32);
            float* p = NativeTorch.Floats(p_TA), gain = gain_C is null ? null : NativeTorch.Floats(gain_C), result = NativeTorch.Floats(h_BHSC);
            RowPieces.Run((long)_batch * _length, (_, first, end) =>
            {
                for (var t = first; t < end; t++)
                {
                    for (var k = 0; k < heads; k++)
                    {
                        var from = p + (((t * heads) + k) * width);
                        var to = Target(result, t, k, 0);
                        if (gain == null)
                            Buffer.MemoryCopy(from, to, width * sizeof(float), width * sizeof(float));
                        else
                            RowPieces.Scale(from, gain, RowPieces.InverseRms(from, width, _shape.Eps), null, to, width);
                        if (_shape.Rotated)
                            Rotate(to, t, 1);
                        for (var copy = 1; copy < copies; copy++)
                            Buffer.MemoryCopy(to, Target(result, t, k, copy), width * sizeof(float), width * sizeof(float));
                    }
                }
            });
            return h_BHSC;
        }

        internal (Tensor P_TA, Tensor? Gain_C) Backward(Tensor dH_BHSC, Tensor? p_TA, Tensor? gain_C)
        {
            var (heads, width, copies) = (_shape.Heads, _shape.Width, _shape.Copies);
            var rows = (long)_batch * _length;
            var dP_TA = torch.empty([rows, (long)heads * width], dtype: torch.ScalarType.Float32);
            using var parts_PC = torch.zeros(gain_C is null ? 0 : RowPieces.Count(rows), width);
            float* dh = NativeTorch.Floats(dH_BHSC), dp = NativeTorch.Floats(dP_TA), parts = NativeTorch.Floats(parts_PC);
            float* p = p_TA is null ? null : NativeTorch.Floats(p_TA), gain = gain_C is null ? null : NativeTorch.Floats(gain_C);
            RowPieces.Run(rows, (piece, first, end) =>
            {
                for (var t = first; t < end; t++)
                {
                    for (var k = 0; k < heads; k++)
                    {
                        var to = dp + (((t * heads) + k) * width);
                        new ReadOnlySpan<float>(Target(dh, t, k, 0), width).CopyTo(new Span<float>(to, width));
                        for (var copy = 1; copy < copies; copy++)
                            Add(Target(dh, t, k, copy), to, width);
                        if (_shape.Rotated)
                            Rotate(to, t, -1);
                        if (gain == null)
                            continue;
                        var from = p + (((t * heads) + k) * width);
                        RowPieces.NormBackward(to, from, gain, RowPieces.InverseRms(from, width, _shape.Eps), to, parts + ((long)piece * width), width);
                    }
                }
            });
            return (dP_TA, gain_C is null ? null : parts_PC.sum([0L]));
        }

        private float* Target(float* heads_BHSC, long token, int head, int copy)
        {
            var (b, s) = (token / _length, token % _length);
            return heads_BHSC + (((((b * _shape.Heads) + head) * _shape.Copies * _length) + ((long)copy * _length) + s) * _shape.Width);
        }

        private static void Add(float* from, float* to, int width)
        {
            for (var c = 0; c < width; c++)
                to[c] += from[c];
        }

        // The inverse of a rotation is the rotation by the opposite angle.
        private void Rotate(float* x, long token, int direction)
        {
            var half = _shape.Width / 2;
            var at = (int)(token % _length) * half;
            var r = 0;
            fixed (float* cosines = &_cos_SR[at], sines = &_sin_SR[at])
            {
                for (; r <= half - Vector256<float>.Count; r += Vector256<float>.Count)
                {
                    Vector256<float> cos = Vector256.Load(cosines + r), sin = Vector256.Load(sines + r) * direction;
                    Vector256<float> a = Vector256.Load(x + r), b = Vector256.Load(x + half + r);
                    ((a * cos) - (b * sin)).Store(x + r);
                    ((b * cos) + (a * sin)).Store(x + half + r);
                }
            }
            for (; r < half; r++)
            {
                float cos = _cos_SR[at + r], sin = direction * _sin_SR[at + r], a = x[r], b = x[half + r];
                (x[r], x[half + r]) = ((a * cos) - (b * sin), (b * cos) + (a * sin));
            }
        }
    }
}
