using MoELab.Runs.Analysis;
using MoELab.Runs.Reading;
using MoELab.Tests.Views;

namespace MoELab.Tests.Runs;

public sealed class RunAnalysisTests
{
    private static string Explain(RunReader run) => string.Join("\n", RunAnalysis.Explain(run).Select(f => $"{f.Kind}: {f.Text}"));

    [Fact]
    public void A_good_run_is_called_good()
    {
        var text = Explain(SyntheticRun.Create("good", steps: 300));
        Assert.Contains("Good: The run finished at step 300 of 300.", text);
        Assert.Contains("Good: Training loss fell from", text);
        Assert.Contains("Good: No loss spike.", text);
        Assert.Contains("below the bigram entropy of 3.41", text);
        Assert.Contains("Good: The router balanced", text);
        Assert.Contains("Note: Changed at step 100: balancer: none -> smebu", text);
        Assert.DoesNotContain("Bad", text);
    }

    [Fact]
    public void The_longer_evaluation_is_what_stands_beside_the_bigram()
    {
        var run = SyntheticRun.Create("longer", steps: 2);
        File.WriteAllText(run.PathOf("metrics.jsonl"), "{\"step\":1,\"loss\":2,\"eval/bits_per_byte\":3.3,\"eval_final/bits_per_byte\":3.5}\n");
        Assert.Contains("Bad: Held-out text costs 3.30 bits per byte, 3.50 in the longer evaluation after the last step, not below the bigram entropy of 3.41", Explain(RunReader.Open(run.FullPath)));
    }

    [Fact]
    public void A_collapse_and_a_spike_are_dated()
    {
        var findings = RunAnalysis.Explain(SyntheticRun.Create("bad", steps: 300, collapse: true));
        Assert.Contains(findings, f => f.Kind == FindingKind.Bad && f.Step == 181 && f.Text.StartsWith("The router collapsed at step 181", StringComparison.Ordinal));
        Assert.Contains(findings, f => f.Kind == FindingKind.Bad && f.Step == 180 && f.Text.StartsWith("The loss spiked at step 180", StringComparison.Ordinal));
        Assert.Contains(findings, f => f.Text.StartsWith("Alert at step 225: MaxVio > 2", StringComparison.Ordinal));
    }

    [Fact]
    public void Losses_that_are_not_finite_and_dead_experts_are_bad()
    {
        var run = SyntheticRun.Create("nan", steps: 2);
        File.WriteAllText(run.PathOf("metrics.jsonl"), "{\"step\":1,\"loss\":2,\"experts/dead\":0}\n{\"step\":2,\"loss\":null,\"experts/dead\":0}\n{\"step\":3,\"loss\":1,\"experts/dead\":4}\n");
        var text = Explain(RunReader.Open(run.FullPath));
        Assert.Contains("Bad: The loss was not finite at 1 step, first at step 2.", text);
        Assert.Contains("Bad: 4 experts got no token in the last step.", text);
    }

    [Fact]
    public void An_empty_run_is_explained_too()
    {
        var folder = TestFolders.New("empty");
        File.WriteAllText(Path.Combine(folder, "metrics.jsonl"), "");
        Assert.Equal("Note: Nothing was logged yet.", Explain(RunReader.Open(folder)));
    }
}
