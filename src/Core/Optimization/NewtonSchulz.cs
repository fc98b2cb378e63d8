// Shapes: B matrices in a stack, M rows, N columns.
using MoELab.Interop.Torch;

namespace MoELab.Optimization;

/// <summary>
/// Orthogonalises matrices: the nearest semi-orthogonal matrix UVᵀ of each USVᵀ, approximately, by Newton–Schulz iteration in
/// float32 (Jordan et al., "Muon", 2024). The iteration runs on the side with fewer rows.
/// </summary>
public static class NewtonSchulz
{
    private static readonly (float A, float B, float C)[] SimpleSet = [(3.4445f, -4.7750f, 2.0315f)];

    private static readonly (float A, float B, float C)[] QuinticSet =
    [
        (4.0848f, -6.8946f, 2.9270f), (3.9505f, -6.3029f, 2.6377f), (3.7418f, -5.5913f, 2.3037f), (2.8769f, -3.1427f, 1.2046f),
        (2.8366f, -3.0525f, 1.2012f),
    ];

    private static readonly (float A, float B, float C)[] PolarExpressSet =
    [
        (8.2051f, -22.9019f, 16.4607f), (4.0664f, -2.8612f, 0.5184f), (3.9096f, -2.8234f, 0.5250f), (3.2856f, -2.4153f, 0.4853f),
        (2.2779f, -1.6198f, 0.3985f), (1.8726f, -1.2307f, 0.3585f), (1.8564f, -1.2132f, 0.3568f), (1.8750f, -1.2500f, 0.3750f),
    ];

    /// <summary>The coefficients of one step, from 0; a set's last step repeats.</summary>
    public static (float A, float B, float C) Step(NewtonSchulzCoefficients set, int step)
    {
        var steps = set switch
        {
            NewtonSchulzCoefficients.Simple => SimpleSet,
            NewtonSchulzCoefficients.Quintic => QuinticSet,
            _ => PolarExpressSet,
        };
        return steps[Math.Min(step, steps.Length - 1)];
    }

    /// <summary>
    /// Floating-point operations of one matrix: <c>steps · (4n²m + 2n³)</c> with n the smaller side, a multiply-add counted as two.
    /// </summary>
    public static double Flops(long rows, long columns, int steps)
    {
        double n = Math.Min(rows, columns), m = Math.Max(rows, columns);
        return steps * ((4 * n * n * m) + (2 * n * n * n));
    }

    /// <summary>
    /// How many of the remaining steps are taken on the Gram matrix before the matrix itself is computed again. n x n products replace those with
    /// m columns
    /// (Gram Newton–Schulz), and the Gram matrix is computed again after at most three steps, before float32's rounding grows with the polynomials.
    /// </summary>
    internal static int Steps(int n, int m, int left) => 2 * m < 3 * n ? 1 : left is 4 or 5 ? 2 : Math.Min(left, 3);

    /// <summary>
    /// Orthogonalises every matrix of every stack, each by itself: the rest of the list does not affect the result of a matrix. The stacks may have
    /// different shapes; the results are new float32 stacks of the same shapes.
    /// </summary>
    public static IReadOnlyList<Tensor> Orthogonalize(IReadOnlyList<Tensor> stacks_BMN,
        NewtonSchulzCoefficients set = NewtonSchulzCoefficients.Simple, int steps = 5)
    {
        if (NativeTorch.IsAvailable && stacks_BMN.All(s => s.device_type == DeviceType.CPU))
            return NewtonSchulzCpu.Run(stacks_BMN, set, steps);

        var results = new Tensor[stacks_BMN.Count];
        foreach (var group in Enumerable.Range(0, stacks_BMN.Count).GroupBy(i => (stacks_BMN[i].shape[1], stacks_BMN[i].shape[2])))
        {
            using var scope = torch.NewDisposeScope();
            var members = group.ToArray();
            var all_BMN = torch.cat([.. members.Select(i => stacks_BMN[i].to(torch.ScalarType.Float32))], 0);
            var parts = Batched(all_BMN, set, steps).split([.. members.Select(i => stacks_BMN[i].shape[0])], 0);
            for (var j = 0; j < members.Length; j++)
                results[members[j]] = parts[j].MoveToOuterDisposeScope();
        }
        return results;
    }

    /// <summary>The iteration as batched products, for devices where launches cost more than copies.</summary>
    internal static Tensor Batched(Tensor stack_BMN, NewtonSchulzCoefficients set, int steps)
    {
        using var scope = torch.NewDisposeScope();
        var tall = stack_BMN.shape[1] > stack_BMN.shape[2];
        var x = tall ? stack_BMN.transpose(1, 2) : stack_BMN;
        x = x / x.mul(x).sum([1, 2], keepdim: true).sqrt().add(Scalars.Of(1e-7f), Scalars.One);
        for (var step = 0; step < steps; step++)
        {
            var (a, b, c) = Step(set, step);
            var gram = torch.bmm(x, x.transpose(1, 2));
            var polynomial = (gram * Scalars.Of(b)).add(torch.bmm(gram, gram) * Scalars.Of(c), Scalars.One);
            x = (x * Scalars.Of(a)).add(torch.bmm(polynomial, x), Scalars.One);
        }
        return (tall ? x.transpose(1, 2).contiguous() : x).MoveToOuterDisposeScope();
    }
}
