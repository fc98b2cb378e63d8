using MoELab.Cli.Benchmarks;
using MoELab.Experts;
using MoELab.Kernels.Cpu;
using MoELab.Tests.Cli;
using MoELab.Tests.Training;

namespace MoELab.Tests.Kernels.Cpu;

public sealed class KernelBenchTests
{
    [Fact]
    public void Balanced_loads_are_equal_and_zipf_loads_fall_with_rank()
    {
        using var scope = torch.NewDisposeScope();
        var counts = Counts(new KernelCase(4096, 8, 8, 32, 4, Zipf: false));
        Assert.All(counts, c => Assert.Equal(512, c));
        counts = Counts(new KernelCase(4096, 8, 8, 32, 4, Zipf: true));
        Assert.Equal(4096 * 4, counts.Sum());
        Assert.True(counts[0] > 2 * counts[4] && counts[4] > 2 * counts[31], string.Join(", ", counts));
    }

    [Theory, InlineData(false), InlineData(true)]
    public void A_token_is_given_different_experts(bool zipf)
    {
        using var scope = torch.NewDisposeScope();
        var choice = new KernelCase(200, 8, 8, 6, 4, zipf).Choose();
        Assert.All(choice.Expert_N.data<long>().ToArray().Chunk(4), chosen => Assert.Equal(4, chosen.Distinct().Count()));
    }

    [Fact]
    public void Every_side_is_measured_in_every_round()
    {
        using var bench = new KernelBench(new KernelCase(64, 32, 16, 8, 2, Zipf: true), [("ours", new PackedKernel(new PackedKernelOptions())), ("grouped_mm", new GroupedMmKernel())]);
        bench.WarmUp();
        bench.Measure();
        bench.Measure();
        Assert.Equal(2, bench.Rounds);
        Assert.All((string[])["ours", "grouped_mm", "dense"], side => Assert.InRange(bench.Rate(side), 1e-6, 1e6));
        Assert.True(bench.Ratio("ours", "grouped_mm") > 0 && bench.Ratio("ours", "dense") > 0 && bench.Peak > 0);
    }

    [Fact]
    public void A_negative_number_of_threads_is_refused()
    {
        Assert.Equal("--threads: -1 is out of range; expected 0 to 1024", CliRun.Of("bench", "kernels", "--threads", "-1").Refused());
    }

    [Fact]
    public void Whole_steps_are_measured_with_both_kernels()
    {
        using var tiny = new TinyRuns();
        using var bench = new TrainBench(tiny.Recipe, MoELab.Plugins.PluginCatalog.Discover(), ["packed", "grouped-mm"], null);
        bench.Round();
        bench.Round();
        Assert.Equal(2, bench.Rounds);
        Assert.All((string[])["packed", "grouped-mm"], side =>
        {
            Assert.True(bench.Seconds(side, "forward") > 0 && bench.Seconds(side, "backward") > 0);
            Assert.True(bench.Seconds(side) >= bench.Seconds(side, "forward"));
            Assert.InRange(bench.Utilisation(side), 1e-9, 2);
        });
        Assert.True(bench.Ratio("packed", "grouped-mm") > 0);
    }

    [Fact]
    public void A_recipe_that_does_not_exist_is_refused() => Assert.Contains("lab-tny", CliRun.Of("bench", "train", "lab-tny").Refused(), StringComparison.Ordinal);

    private static IReadOnlyList<int> Counts(KernelCase sizes)
    {
        using var plan = DispatchPlanner.Plan(sizes.Choose(), sizes.Tokens, sizes.Experts);
        return plan.Counts;
    }
}
