// n rows (the smaller side), m columns.
using System.Runtime.Intrinsics;
using MoELab.Interop.Products;
using MoELab.Interop.Torch;

namespace MoELab.Optimization;

/// <summary>
/// The iteration on the CPU: each matrix is one task on one thread and stays in that core's cache, which a batched product
/// over transposed copies does not.
/// </summary>
internal static unsafe class NewtonSchulzCpu
{
    internal static IReadOnlyList<Tensor> Run(IReadOnlyList<Tensor> stacks, NewtonSchulzCoefficients set, int steps)
    {
        var results = new Tensor[stacks.Count];
        using var scope = torch.NewDisposeScope();
        var tasks = new List<(IntPtr From, IntPtr To, int Rows, int Columns)>();
        long largest = 0;
        for (var i = 0; i < stacks.Count; i++)
        {
            var (count, rows, columns) = (stacks[i].shape[0], (int)stacks[i].shape[1], (int)stacks[i].shape[2]);
            var from = stacks[i].to(torch.ScalarType.Float32).contiguous();
            results[i] = torch.empty([count, rows, columns], dtype: torch.ScalarType.Float32);
            float* source = NativeTensor.Floats(from), target = NativeTensor.Floats(results[i]);
            for (long b = 0; b < count; b++)
                tasks.Add(((IntPtr)(source + (b * rows * columns)), (IntPtr)(target + (b * rows * columns)), rows, columns));
            largest = Math.Max(largest, Room(rows, columns));
        }

        // The largest first: a large matrix taken last would leave the other threads without work.
        var order = tasks.OrderByDescending(t => NewtonSchulz.Flops(t.Rows, t.Columns, 1)).ToArray();
        using (var workspace = Workspace.Rent(NativeTorch.Workers, largest))
        {
            NativeTorch.Run(order.Length, (worker, task) =>
            {
                var (from, to, rows, columns) = order[task];
                Iterate((float*)from, (float*)to, rows, columns, workspace[worker], set, steps);
            });
        }
        foreach (var result in results)
            result.MoveToOuterDisposeScope();
        return results;
    }

    private static long Room(long rows, long columns)
    {
        long n = PanelSize.PadColumns((int)Math.Min(rows, columns)), m = PanelSize.PadRows((int)Math.Max(rows, columns));
        return (2 * n * m) + (GramIteration.Count * n * n) + ((long)PanelSize.Width * PanelSize.Width);
    }

    // y is the matrix with the longer side down, in panels: both operands of the Gram matrix and the left one of each step as it lies.
    private static void Iterate(float* from, float* to, int rows, int columns, float* scratch, NewtonSchulzCoefficients set, int steps)
    {
        int n = Math.Min(rows, columns), m = Math.Max(rows, columns), padded = PanelSize.PadColumns(n), held = PanelSize.PadRows(m),
            width = PanelSize.Width;
        var size = (nint)padded * held;
        float* y = scratch, next = scratch + size;
        var gram = new GramIteration(padded, n, next + size);
        var block = next + size + (GramIteration.Count * (nint)padded * padded);

        for (var column = 0; column < n; column += width)
        {
            if (rows > columns)
                Panels.Pack(from, m, n, column, held, y + ((nint)column * held));
            else
                Panels.PackTransposed(from, n, m, column, held, y + ((nint)column * held));
        }
        Scale(y, size, 1f / ((float)Math.Sqrt(SumOfSquares(y, size)) + 1e-7f));
        for (int step = 0, taken; step < steps; step += taken)
        {
            taken = NewtonSchulz.Steps(n, m, steps - step);
            gram.Of(y, held, m);
            for (var i = 0; i < taken; i++)
                gram.Advance(NewtonSchulz.Step(set, step + i), first: i == 0, last: i == taken - 1);
            for (var column = 0; column < padded; column += width)
                Product.Panel(y, held, padded, gram.Factor + ((nint)column * padded), next + ((nint)column * held));
            var previous = y;
            y = next;
            next = previous;
        }
        for (var column = 0; column < n; column += width)
            Unpack(y + ((nint)column * held), m, n, column, rows > columns, to, block);
    }

    private static double SumOfSquares(float* y, nint size)
    {
        Vector256<double> low = default, high = default;
        for (nint i = 0; i < size; i += Vector256<float>.Count)
        {
            var (a, b) = Vector256.Widen(Vector256.Load(y + i));
            low = Vector256.FusedMultiplyAdd(a, a, low);
            high = Vector256.FusedMultiplyAdd(b, b, high);
        }
        return Vector256.Sum(low + high);
    }

    private static void Scale(float* y, nint size, float scale)
    {
        for (nint i = 0; i < size; i += Vector256<float>.Count)
            (Vector256.Load(y + i) * scale).Store(y + i);
    }

    private static void Unpack(float* panel, int m, int n, int column, bool tall, float* to, float* block)
    {
        int width = PanelSize.Width, columns = Math.Min(width, n - column);
        if (tall)
        {
            for (var row = 0; row < m; row++)
                Copy(panel + ((nint)row * width), to + ((nint)row * n) + column, columns);
            return;
        }
        for (var row = 0; row < m; row += width)
        {
            var rows = Math.Min(width, m - row);
            Panels.PackTransposed(panel + ((nint)row * width), rows, width, 0, width, block);
            for (var c = 0; c < columns; c++)
                Copy(block + ((nint)c * width), to + ((nint)(column + c) * m) + row, rows);
        }
    }

    private static void Copy(float* from, float* to, int count) => Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float));
}
