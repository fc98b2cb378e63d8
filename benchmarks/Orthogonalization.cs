// B experts, M rows, N columns.
using System.Globalization;
using MoELab.Optimization;
using MoELab.Recipes;

namespace MoELab.Benchmarks;

/// <summary>Newton-Schulz over a preset's expert and attention matrices, against batched torch products and a product's rate.</summary>
internal static class Orthogonalization
{
    public static void Run(Recipe recipe, int rounds)
    {
        var m = recipe.Model;
        Measure(recipe.Name, 2L * m.Experts, m.ExpertFfn, m.DModel, rounds);
        Measure(recipe.Name, 3L * m.Layers, (long)m.Heads * m.HeadDim, m.DModel, rounds);
    }

    private static void Measure(string name, long count, long rows, long columns, int rounds)
    {
        using var scope = torch.NewDisposeScope();
        var stack_BMN = torch.randn(count, rows, columns);
        var square = torch.randn(1024, 1024);
        var flops = count * NewtonSchulz.Flops(rows, columns, 5);
        var measured = new SideBySide(string.Create(CultureInfo.InvariantCulture, $"{name}: Newton-Schulz of {count} matrices {rows} x {columns}, {flops / 1e9:0.0} GFLOP"), rounds)
            .Add("batched products of torch", () => Quietly(() => NewtonSchulz.Batched(stack_BMN, NewtonSchulzCoefficients.Simple, 5)))
            .Add("ours", () => Quietly(() => NewtonSchulz.Orthogonalize([stack_BMN])))
            .Add("a product of 1024^3", () => Quietly(() => torch.matmul(square, square))).Run();
        var (rate, product) = (flops / measured.Median("ours") / 1e9, 2 * Math.Pow(1024, 3) / measured.Median("a product of 1024^3") / 1e9);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  counted as 4n²m + 2n³ a step: {rate:0} GFLOP/s, {rate / product:0%} of the product's {product:0}"));
    }

    private static void Quietly(Action body)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        body();
    }
}
