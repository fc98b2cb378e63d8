// n rows (the smaller side), m columns.
using MoELab.Interop;

namespace MoELab.Optimization;

/// <summary>
/// The iteration on the processor: each matrix is one task on one thread and stays in that core's cache, which a batched product
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
            float* source = NativeTorch.Floats(from), target = NativeTorch.Floats(results[i]);
            for (long b = 0; b < count; b++)
                tasks.Add(((IntPtr)(source + (b * rows * columns)), (IntPtr)(target + (b * rows * columns)), rows, columns));
            long n = Math.Min(rows, columns), m = Math.Max(rows, columns);
            largest = Math.Max(largest, (2 * n * m) + (GramIteration.Count * n * n));
        }

        void Single(float* scratch, int task)
        {
            var (from, to, rows, columns) = tasks[task];
            Iterate((float*)from, (float*)to, rows, columns, scratch, set, steps);
        }

        // Fewer matrices than cores: the products themselves use the cores.
        var alone = tasks.Count < NativeTorch.Workers;
        using var pieces = new Scratch(alone ? 1 : NativeTorch.Workers, largest);
        if (alone)
        {
            for (var task = 0; task < tasks.Count; task++)
                Single(pieces[0], task);
        }
        else
        {
            NativeTorch.Run(tasks.Count, (worker, task) => Single(pieces[worker], task));
        }
        foreach (var result in results)
            result.MoveToOuterDisposeScope();
        return results;
    }

    private static void Iterate(float* from, float* to, int rows, int columns, float* scratch, NewtonSchulzCoefficients set, int steps)
    {
        int n = Math.Min(rows, columns), m = Math.Max(rows, columns);
        long size = (long)n * m, square = (long)n * n;
        float* x = scratch, next = scratch + size;
        var gram = new GramIteration(n, next + size);

        double sum = 0;
        for (long i = 0; i < size; i++)
            sum += (double)from[i] * from[i];
        var scale = 1f / ((float)Math.Sqrt(sum) + 1e-7f);
        CopyScaled(from, x, rows, columns, scale);

        for (int step = 0, taken; step < steps; step += taken)
        {
            taken = NewtonSchulz.Steps(n, m, steps - step);
            gram.Of(x, m);
            for (var i = 0; i < taken; i++)
                gram.Advance(NewtonSchulz.Step(set, step + i), first: i == 0, last: i == taken - 1);
            NativeTorch.Gemm(false, false, n, m, n, 1, gram.Factor, n, x, m, 0, next, m);
            var previous = x;
            x = next;
            next = previous;
        }
        if (rows <= columns)
            Copy(x, to, size);
        else
            Transpose(x, to, columns, rows);
    }

    private static void CopyScaled(float* from, float* to, int rows, int columns, float scale)
    {
        if (rows <= columns)
            Copy(from, to, (long)rows * columns);
        else
            Transpose(from, to, rows, columns);
        for (long i = 0, size = (long)rows * columns; i < size; i++)
            to[i] *= scale;
    }

    private static void Copy(float* from, float* to, long count) => Buffer.MemoryCopy(from, to, count * sizeof(float), count * sizeof(float));

    private static void Transpose(float* from, float* to, int rows, int columns)
    {
        const int Tile = 16;
        for (var i0 = 0; i0 < rows; i0 += Tile)
        {
            for (var j0 = 0; j0 < columns; j0 += Tile)
            {
                for (var i = i0; i < Math.Min(i0 + Tile, rows); i++)
                {
                    for (var j = j0; j < Math.Min(j0 + Tile, columns); j++)
                        to[((long)j * rows) + i] = from[((long)i * columns) + j];
                }
            }
        }
    }
}
