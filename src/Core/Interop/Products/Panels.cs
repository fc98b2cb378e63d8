using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace MoELab.Interop.Products;

/// <summary>Moves rows of plain memory into panels and back. What a panel has beyond the matrix is zero.</summary>
internal static unsafe class Panels
{
    /// <summary>Rows of a [., columns] matrix, by number, into panels of <paramref name="padded"/> rows.</summary>
    internal static void Gather(float* from, int columns, ReadOnlySpan<int> numbers, int padded, float* to)
    {
        var width = PanelSize.Width;
        var whole = columns / width * width;
        for (var row = 0; row < padded; row++)
        {
            var target = to + ((nint)row * width);
            if (row >= numbers.Length)
            {
                for (var column = 0; column < columns; column += width, target += (nint)padded * width)
                    Clear(target, width);
                continue;
            }
            var source = from + ((nint)numbers[row] * columns);
            for (var column = 0; column < whole; column += width, target += (nint)padded * width)
                Copy(source + column, target, width);
            if (whole < columns)
            {
                Copy(source + whole, target, columns - whole);
                Clear(target + (columns - whole), width - (columns - whole));
            }
        }
    }

    /// <summary>
    /// Adds rows in panels to rows of a [., columns] matrix, by number, columns <paramref name="first"/> to <paramref name="end"/>.
    /// </summary>
    internal static void ScatterAdd(float* from, int padded, ReadOnlySpan<int> numbers, float* to, int columns, int first, int end)
    {
        var width = PanelSize.Width;
        for (var row = 0; row < numbers.Length; row++)
        {
            var target = to + ((nint)numbers[row] * columns);
            for (var column = first; column < end; column += width)
                Add(from + ((nint)column * padded) + ((nint)row * width), target + column, Math.Min(width, end - column));
        }
    }

    /// <summary>
    /// One panel, columns from <paramref name="column"/> on, of a row-major [rows, columns] matrix; <paramref name="padded"/> rows.
    /// </summary>
    internal static void Pack(float* from, int rows, int columns, int column, int padded, float* to)
    {
        var width = PanelSize.Width;
        var count = Math.Min(width, columns - column);
        from += column;
        for (var row = 0; row < rows; row++, from += columns, to += width)
        {
            Copy(from, to, count);
            if (count < width)
                Clear(to + count, width - count);
        }
        Clear(to, (padded - rows) * width);
    }

    /// <summary>
    /// One panel of the transpose of a row-major [rows, columns] matrix: its rows from <paramref name="row"/> on become columns;
    /// <paramref name="padded"/> rows.
    /// </summary>
    internal static void PackTransposed(float* from, int rows, int columns, int row, int padded, float* to) =>
        PackTransposed(from, rows, columns, columns, row, padded, to);

    /// <summary>The same of a matrix whose rows lie <paramref name="stride"/> floats apart.</summary>
    internal static void PackTransposed(float* from, int rows, int columns, int stride, int row, int padded, float* to)
    {
        var width = PanelSize.Width;
        var count = Math.Min(width, rows - row);
        if (count < width || columns < padded)
            Clear(to, padded * width);
        from += (nint)row * stride;
        var (wholeRows, wholeColumns) = (count & ~3, columns & ~3);
        for (var column = 0; column < wholeColumns; column += 4)
        {
            for (var r = 0; r < wholeRows; r += 4)
                Transpose4(from + ((nint)r * stride) + column, stride, to + ((nint)column * width) + r, width);
        }
        for (var r = 0; r < count; r++)
        {
            for (var column = r < wholeRows ? wholeColumns : 0; column < columns; column++)
                to[((nint)column * width) + r] = from[((nint)r * stride) + column];
        }
    }

    /// <summary>to += from.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal static void Add(float* from, float* to, int count)
    {
        var i = 0;
        if (Vector512.IsHardwareAccelerated)
        {
            for (; i <= count - 16; i += 16)
                (Vector512.Load(to + i) + Vector512.Load(from + i)).Store(to + i);
        }
        for (; i <= count - 8; i += 8)
            (Vector256.Load(to + i) + Vector256.Load(from + i)).Store(to + i);
        for (; i < count; i++)
            to[i] += from[i];
    }

    private static void Copy(float* from, float* to, int count) => new ReadOnlySpan<float>(from, count).CopyTo(new Span<float>(to, count));

    private static void Clear(float* at, int count) => NativeMemory.Clear(at, (nuint)count * sizeof(float));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Transpose4(float* from, nint stride, float* to, nint width)
    {
        if (!Sse.IsSupported && !AdvSimd.Arm64.IsSupported)
        {
            for (var r = 0; r < 4; r++)
            {
                for (var c = 0; c < 4; c++)
                    to[(c * width) + r] = from[(r * stride) + c];
            }
            return;
        }
        Vector128<float> a = Vector128.Load(from), b = Vector128.Load(from + stride), c2 = Vector128.Load(from + (2 * stride)),
            d = Vector128.Load(from + (3 * stride));
        if (Sse.IsSupported)
        {
            Vector128<float> ab = Sse.UnpackLow(a, b), cd = Sse.UnpackLow(c2, d), abHigh = Sse.UnpackHigh(a, b), cdHigh = Sse.UnpackHigh(c2, d);
            Sse.MoveLowToHigh(ab, cd).Store(to);
            Sse.MoveHighToLow(cd, ab).Store(to + width);
            Sse.MoveLowToHigh(abHigh, cdHigh).Store(to + (2 * width));
            Sse.MoveHighToLow(cdHigh, abHigh).Store(to + (3 * width));
        }
        else
        {
            Vector128<float> ac = AdvSimd.Arm64.ZipLow(a, c2), bd = AdvSimd.Arm64.ZipLow(b, d), acHigh = AdvSimd.Arm64.ZipHigh(a, c2),
                bdHigh = AdvSimd.Arm64.ZipHigh(b, d);
            AdvSimd.Arm64.ZipLow(ac, bd).Store(to);
            AdvSimd.Arm64.ZipHigh(ac, bd).Store(to + width);
            AdvSimd.Arm64.ZipLow(acHigh, bdHigh).Store(to + (2 * width));
            AdvSimd.Arm64.ZipHigh(acHigh, bdHigh).Store(to + (3 * width));
        }
    }
}
