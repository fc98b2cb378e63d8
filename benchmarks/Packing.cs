using System.Diagnostics;
using System.Globalization;
using MoELab.Data.Preparation;
using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab.Benchmarks;

/// <summary>Tokens per second that one core packs.</summary>
internal static class Packing
{
    public static void Run(Recipe recipe, PluginCatalog catalog)
    {
        using var corpus = PreparedCorpus.Prepare(recipe.Data, catalog);
        Console.WriteLine("packing, sequences of 1,024 tokens, one thread");
        foreach (var mode in Enum.GetValues<PackingMode>())
        {
            var data = recipe.Data with { Packing = mode };
            var stream = corpus.OpenStream(data, 1024, 1);
            stream.Next(64, 0);
            long tokens = 0;
            var start = Stopwatch.GetTimestamp();
            while (Stopwatch.GetElapsedTime(start).TotalSeconds < 3)
                tokens += stream.Next(64, 0).Targets.Length;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {mode,-34} {tokens / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6,10:0.0} M tokens/s"));
        }
    }
}
