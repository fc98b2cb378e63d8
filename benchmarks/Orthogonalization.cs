// B experts, M rows, N columns.
using System.Globalization;
using MoELab.Optimization;
using MoELab.Recipes;

namespace MoELab.Benchmarks;

/// <summary>Newton-Schulz over a preset's expert matrices, against the same in batched torch products.</summary>
internal static class Orthogonalization
{
    public static void Run(Recipe recipe, int rounds)
    {
        var m = recipe.Model;
        using var scope = torch.NewDisposeScope();
        var stack_BMN = torch.randn(2L * m.Experts, m.ExpertFfn, m.DModel);
        var flops = stack_BMN.shape[0] * NewtonSchulz.Flops(m.ExpertFfn, m.DModel, 5);
        var title = string.Create(CultureInfo.InvariantCulture, $"{recipe.Name}: Newton-Schulz of {stack_BMN.shape[0]} matrices {m.ExpertFfn} x {m.DModel}, {flops / 1e9:0.0} GFLOP");
        new SideBySide(title, rounds)
            .Add("batched products of torch", () => Quietly(() => NewtonSchulz.Batched(stack_BMN, NewtonSchulzCoefficients.Simple, 5)))
            .Add("a matrix per thread", () => Quietly(() => NewtonSchulz.Orthogonalize([stack_BMN]))).Run();
    }

    private static void Quietly(Action body)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        body();
    }
}
