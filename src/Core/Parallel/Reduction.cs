using System.Numerics;
using System.Runtime.InteropServices;

namespace MoELab.Parallel;

/// <summary>Combines arrays element by element, in the order in which they are given.</summary>
internal static unsafe class Reduction
{
    private const int Block = 2048;

    /// <summary>Combines the sources and writes the result to each target; a target may be one of the sources.</summary>
    public static void Combine(ReduceOp op, torch.ScalarType type, ReadOnlySpan<nint> sources, ReadOnlySpan<nint> targets, long count)
    {
        switch (type)
        {
            case torch.ScalarType.Float32:
                Combine<float>(op, sources, targets, count);
                break;
            case torch.ScalarType.Float64:
                Combine<double>(op, sources, targets, count);
                break;
            case torch.ScalarType.Int64:
                Combine<long>(op, sources, targets, count);
                break;
            case torch.ScalarType.BFloat16:
                CombineBrains(op, sources, targets, count);
                break;
            default:
                throw new NotSupportedException($"{type}");
        }
    }

    private static void Combine<T>(ReduceOp op, ReadOnlySpan<nint> sources, ReadOnlySpan<nint> targets, long count) where T : unmanaged, INumber<T>
    {
        Span<T> room = stackalloc T[Block];
        for (var start = 0L; start < count; start += Block)
        {
            var total = room[..(int)Math.Min(Block, count - start)];
            new ReadOnlySpan<T>((T*)sources[0] + start, total.Length).CopyTo(total);
            foreach (var source in sources[1..])
                Fold(op, total, new ReadOnlySpan<T>((T*)source + start, total.Length));
            foreach (var target in targets)
                total.CopyTo(new Span<T>((T*)target + start, total.Length));
        }
    }

    // In float32, rounded once.
    private static void CombineBrains(ReduceOp op, ReadOnlySpan<nint> sources, ReadOnlySpan<nint> targets, long count)
    {
        Span<float> room = stackalloc float[Block], next = stackalloc float[Block];
        for (var start = 0L; start < count; start += Block)
        {
            var total = room[..(int)Math.Min(Block, count - start)];
            Widen((ushort*)sources[0] + start, total);
            foreach (var source in sources[1..])
            {
                Widen((ushort*)source + start, next[..total.Length]);
                Fold(op, total, next[..total.Length]);
            }
            foreach (var target in targets)
                Round(total, (ushort*)target + start);
        }
    }

    private static void Fold<T>(ReduceOp op, Span<T> total, ReadOnlySpan<T> from) where T : unmanaged, INumber<T>
    {
        var totals = MemoryMarshal.Cast<T, Vector<T>>(total);
        var others = MemoryMarshal.Cast<T, Vector<T>>(from);
        for (var v = 0; v < totals.Length; v++)
        {
            totals[v] = op switch
            {
                ReduceOp.Sum => totals[v] + others[v],
                ReduceOp.Max => Vector.Max(totals[v], others[v]),
                _ => Vector.Min(totals[v], others[v]),
            };
        }
        for (var i = totals.Length * Vector<T>.Count; i < total.Length; i++)
            total[i] = op switch { ReduceOp.Sum => total[i] + from[i], ReduceOp.Max => T.Max(total[i], from[i]), _ => T.Min(total[i], from[i]) };
    }

    private static void Widen(ushort* from, Span<float> to)
    {
        for (var i = 0; i < to.Length; i++)
            to[i] = BitConverter.UInt32BitsToSingle((uint)from[i] << 16);
    }

    private static void Round(ReadOnlySpan<float> from, ushort* to)
    {
        for (var i = 0; i < from.Length; i++)
        {
            var bits = BitConverter.SingleToUInt32Bits(from[i]);
            // Ties to even; adding to the bits of a NaN could make it an infinity.
            to[i] = (ushort)(float.IsNaN(from[i]) ? (bits >> 16) | 0x40 : (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16);
        }
    }
}
