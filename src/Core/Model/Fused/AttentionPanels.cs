using MoELab.Interop.Products;
using MoELab.Interop.Torch;

namespace MoELab.Model.Fused;

// B sequences, S positions, T = B*S tokens, C head width, P columns of the joint projection; p: padded to whole panels.

/// <summary>Reads heads out of the joint projection, normalised and rotated, into panels.</summary>
internal readonly unsafe struct AttentionPanels(AttentionWork work, Tensor p_TP, Tensor? qGain_C, Tensor? kGain_C)
{
    private readonly float* _p_TP = NativeTensor.Floats(p_TP), _qGain_C = NativeTensor.Floats(qGain_C), _kGain_C = NativeTensor.Floats(kGain_C);
    private readonly float _scale = (float)(1 / Math.Sqrt(work.Shape.Width));

    /// <summary>A token's columns, from a given one on.</summary>
    internal float* Row(int sequence, int position, int column) =>
        _p_TP + ((((long)sequence * work.Length) + position) * work.Shape.Columns) + column;

    /// <summary>
    /// Queries of a block in panels of <see cref="AttentionWork.BlockRows"/> rows, divided by the root of C; rows up to a whole tile are zero.
    /// </summary>
    internal void Queries(in AttentionBlock block, int head, float* row, float* to)
    {
        for (var n = 0; n < block.Count; n++)
        {
            Turn(Row(block.Sequence, block.Start + n, work.Shape.Query(head)), _qGain_C, block.Start + n, row);
            HeadRow.Scale(row, _scale, row, work.Shape.Width);
            Spread(row, to, n, AttentionWork.BlockRows);
        }
        for (var n = block.Count; n < block.Rows; n++)
            Clear(to, n, AttentionWork.BlockRows);
    }

    /// <summary>Keys as right operands: transposed for the scores, and also untransposed if <paramref name="plain"/> is given.</summary>
    internal void Keys(int sequence, int head, float* rows, float* transposed, float* plain)
    {
        int width = work.Shape.Width, panel = PanelSize.Width;
        for (var start = 0; start < work.Length; start += panel)
        {
            var count = Math.Min(panel, work.Length - start);
            for (var n = 0; n < count; n++)
            {
                Turn(Row(sequence, start + n, work.Shape.Key(head)), _kGain_C, start + n, rows + ((nint)n * width));
                if (plain != null)
                    Spread(rows + ((nint)n * width), plain, start + n, work.PaddedLength);
            }
            Panels.PackTransposed(rows, count, width, width, 0, work.PaddedWidth, transposed + ((nint)start * work.PaddedWidth));
        }
        for (var n = work.Length; plain != null && n < work.PaddedLength; n++)
            Clear(plain, n, work.PaddedLength);
    }

    /// <summary>Values as right operand of the weights.</summary>
    internal void Values(int sequence, int head, float* to)
    {
        for (var n = 0; n < work.Length; n++)
            Spread(Row(sequence, n, work.Shape.Value(head)), to, n, work.PaddedLength);
        for (var n = work.Length; n < work.PaddedLength; n++)
            Clear(to, n, work.PaddedLength);
    }

    /// <summary>Values transposed, as right operand of the output's gradient.</summary>
    internal void ValuesTransposed(int sequence, int head, float* to)
    {
        for (var start = 0; start < work.Length; start += PanelSize.Width)
        {
            Panels.PackTransposed(Row(sequence, start, work.Shape.Value(head)), Math.Min(PanelSize.Width, work.Length - start),
                work.Shape.Width, work.Shape.Columns,
                0, work.PaddedWidth, to + ((nint)start * work.PaddedWidth));
        }
    }

    /// <summary>The gradient of a block's queries, row after row of pC, becomes that of the projection.</summary>
    internal void QueryGradient(in AttentionBlock block, int head, float* gradient, float* dP_TP, float* dGain_C)
    {
        for (var n = 0; n < block.Count; n++)
        {
            var from = Row(block.Sequence, block.Start + n, work.Shape.Query(head));
            var to = dP_TP + (from - _p_TP);
            HeadRow.Scale(gradient + ((nint)n * work.PaddedWidth), _scale, to, work.Shape.Width);
            TurnBack(to, from, _qGain_C, block.Start + n, dGain_C);
        }
    }

    /// <summary>Gradients of all keys and values of a head, in panels, become those of the projection.</summary>
    internal void KeyAndValueGradients(int sequence, int head, float* dK, float* dV, float* dP_TP, float* dGain_C)
    {
        for (var n = 0; n < work.Length; n++)
        {
            var from = Row(sequence, n, work.Shape.Key(head));
            var to = dP_TP + (from - _p_TP);
            Collect(dK, n, to);
            TurnBack(to, from, _kGain_C, n, dGain_C);
            Collect(dV, n, dP_TP + (Row(sequence, n, work.Shape.Value(head)) - _p_TP));
        }
    }

    /// <summary>A row of C into panels of <paramref name="rows"/> rows.</summary>
    internal void Spread(float* row, float* panels, int number, int rows)
    {
        int width = work.Shape.Width, panel = PanelSize.Width;
        for (var column = 0; column < width; column += panel)
        {
            var count = Math.Min(panel, width - column);
            var to = new Span<float>(panels + ((nint)column * rows) + ((nint)number * panel), panel);
            new ReadOnlySpan<float>(row + column, count).CopyTo(to);
            to[count..].Clear();
        }
    }

    /// <summary>A row of zeros.</summary>
    internal void Clear(float* panels, int number, int rows)
    {
        for (var column = 0; column < work.PaddedWidth; column += PanelSize.Width)
            new Span<float>(panels + ((nint)column * rows) + ((nint)number * PanelSize.Width), PanelSize.Width).Clear();
    }

    private void Collect(float* panels, int number, float* row)
    {
        int width = work.Shape.Width, panel = PanelSize.Width;
        for (var column = 0; column < width; column += panel)
        {
            var count = Math.Min(panel, width - column);
            new ReadOnlySpan<float>(panels + ((nint)column * work.PaddedLength) + ((nint)number * panel), count)
                .CopyTo(new Span<float>(row + column, count));
        }
    }

    private void Turn(float* from, float* gain, int position, float* to)
    {
        var (shape, at) = (work.Shape, position * (work.Shape.Width / 2));
        fixed (float* cos = &work.Cos_SR[at], sin = &work.Sin_SR[at])
            HeadRow.Forward(from, gain, shape.Eps, shape.Rotated ? cos : null, sin, shape.Width, to);
    }

    private void TurnBack(float* gradient, float* from, float* gain, int position, float* dGain_C)
    {
        var (shape, at) = (work.Shape, position * (work.Shape.Width / 2));
        fixed (float* cos = &work.Cos_SR[at], sin = &work.Sin_SR[at])
            HeadRow.Backward(gradient, from, gain, shape.Eps, shape.Rotated ? cos : null, sin, shape.Width, dGain_C);
    }
}
