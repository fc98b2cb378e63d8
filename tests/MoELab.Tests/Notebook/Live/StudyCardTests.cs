using System.Text.RegularExpressions;
using MoELab.Tests.Views;

namespace MoELab.Tests.Notebook.Live;

[Collection(LiveCollection.Name)]
public sealed class StudyCardTests : IDisposable
{
    private const string Study = "lab.Study(recipe, \"s\").Arms(\"smebu\", \"none\")";
    private readonly LiveCells _cells = new();

    public void Dispose() => _cells.Dispose();

    [Fact]
    public async Task A_study_shows_the_mean_of_each_arm_in_a_band_and_a_grid_of_its_runs()
    {
        var output = await _cells.With(12).Run($"await {Study}.Seeds(2).Run()");
        Assert.Single(output.Figures);
        Assert.Contains("paired seeds", Assert.Single(output.Results).Plain, StringComparison.Ordinal);
        var html = output.Figure();
        Assert.Contains("4 of 4 runs have ended</span>", html, StringComparison.Ordinal);
        Assert.Equal(4, Regex.Count(html, "class=\"chip good\" data-chip=\"c[01]\\.\\d\">\\d\\.\\d{4}<"));
        var picture = Assert.Single(PortablePictures.In(html));
        Assert.Contains("smebu, 2 seeds", picture, StringComparison.Ordinal);
        Assert.Contains("none, 2 seeds", picture, StringComparison.Ordinal);
        Assert.Contains("class=\"b-c0\" opacity=\"0.2\"", picture, StringComparison.Ordinal);
        var mean = Regex.Match(html, "data-text=\"m1\">([0-9.]+)<").Groups[1].Value;
        var ends = _cells.Lab.Runs.Where(r => r.Name.StartsWith("s-none", StringComparison.Ordinal)).Select(r => r.Metrics["eval/bits_per_byte"].Last);
        Assert.Equal(ends.Average(), double.Parse(mean, CultureInfo.InvariantCulture), 3);
        LiveBrowserTests.Save("study", html);

        // A further seed: what finished before is counted and drawn.
        var more = await _cells.Run($"await {Study}.Seeds(3).Run()");
        Assert.Contains("6 of 6 runs have ended, 4 of them before</span>", more.Figure(), StringComparison.Ordinal);
        Assert.Contains("smebu, 3 seeds", Assert.Single(PortablePictures.In(more.Figure())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task While_it_trains_the_grid_moves_and_the_time_left_is_told()
    {
        var (result, output) = _cells.With(100_000).Begin($"await {Study}.Seeds(2).Run()");
        await LiveOutput.Until(() => output.Sent.Any(s => Regex.IsMatch(LiveOutput.Html(s.Data), "about \\d+[hm] \\d\\d[ms] left")), "the time left");
        await LiveOutput.Until(() => output.Deltas.Length > 4, "deltas");
        Assert.Contains("class=\"chip wait\" data-chip=\"c1.2\">waiting<", output.Figure(), StringComparison.Ordinal);
        Assert.All(output.Deltas, d => Assert.InRange(d.Html.Length, 1, 3000));
        _cells.Session.Interrupt();
        await result;
        await LiveOutput.Until(() => output.Figure().Contains("stopped</span>", StringComparison.Ordinal), "the end");
    }

    [Fact]
    public async Task An_arm_that_fails_is_told_in_the_grid_and_the_others_train_on()
    {
        var output = await _cells.With(4).Run("await lab.Study(recipe, \"s\").Arms(Arm.Set(\"smebu\"), Arm.Set(\"lost\", \"training.start_from=nowhere/checkpoints/step-1\")).Seeds(1).Run()");
        await LiveOutput.Until(() => output.Figure().Contains("2 of 2 runs have ended; 1 failed</span>", StringComparison.Ordinal), "both ends");
        Assert.Matches("class=\"chip bad\" data-chip=\"c1\\.1\"", output.Figure());
        Assert.Equal(1, Regex.Count(output.Figure(), "class=\"chip good\" data-chip=\"c0\\.1\""));
    }
}
