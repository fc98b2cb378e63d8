using System.Diagnostics;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using MoELab.Live;
using MoELab.Runs.Reading;
using MoELab.Tests.Views;

namespace MoELab.Tests.Notebook.Live;

[Collection(LiveCollection.Name)]
public sealed class LiveDisplayTests : IDisposable
{
    private readonly LiveCells _cells = new();

    public void Dispose() => _cells.Dispose();

    [Fact]
    public async Task A_display_moves_after_its_cell_has_ended_and_holds_every_loss_at_the_end()
    {
        var output = await _cells.With(60).Run("var run = lab.Start(recipe);");
        await LiveOutput.Until(() => _cells.Open("tiny").Status == RunStatus.Finished, "the run");
        await LiveOutput.Until(() => output.Figure().Contains("finished</span>", StringComparison.Ordinal), "the final figure");
        var ended = output.Sent.Count;
        Assert.NotEmpty(output.Deltas);
        Assert.All(output.Deltas, d => Assert.InRange(d.Html.Length, 1, 6000));
        Assert.Equal("", LiveOutput.Html(output.Sent[^1].Data));

        var loss = _cells.Open("tiny").Metrics["loss"];
        var (x, y) = LiveCells.Points(output.Figure());
        Assert.Equal(loss.Steps.Select(s => (double)s), x);
        Assert.Equal(loss.Values.Select(v => (double?)Math.Round(v, 5)), y);
        var pictures = PortablePictures.In(output.Figure());
        Assert.Equal(3, pictures.Length);
        Assert.All(pictures, p => XDocument.Parse(p));
        Assert.DoesNotMatch("(?:src|href)\\s*=|@import|url\\(", PortablePictures.Without(output.Figure()));

        await Task.Delay(400, TestContext.Current.CancellationToken);
        Assert.Equal(ended, output.Sent.Count);
    }

    [Fact]
    public async Task There_are_at_most_ten_updates_in_any_second()
    {
        var output = await _cells.With(2000).Run("var run = lab.Start(recipe);");
        await LiveOutput.Until(() => output.Deltas.Length > 25, "25 deltas");
        await _cells.Run("run.Stop();");
        await LiveOutput.Until(() => output.Figure().Contains("stopped</span>", StringComparison.Ordinal), "the stop");
        var times = output.Sent.Skip(2).Select(s => s.At).ToArray();
        // The end sends its two at once.
        Assert.All(times, t => Assert.InRange(times.Count(o => o >= t && o - t < Stopwatch.Frequency), 1, 11));
    }

    [Fact]
    public async Task A_run_is_shown_once_per_cell_and_a_finished_one_as_a_still_card()
    {
        var output = await _cells.With(4).Run("var run = lab.Start(recipe);\nawait run.Completion;\nrun");
        Assert.Single(output.Figures);
        Assert.Empty(output.Results);
        Assert.Contains("finished</span>", output.Figure(), StringComparison.Ordinal);

        var again = await _cells.Run("lab.Attach(\"tiny\")");
        Assert.Single(again.Sent);
        Assert.Equal([1.0, 2, 3, 4], LiveCells.Points(again.Figure()).X);
        Assert.Single((await _cells.Run("run")).Figures);
        Assert.Contains("tiny: finished, step 4 of 4", (await _cells.Run("run.Display(\"text/plain\");")).Sent[0].Data.Plain, StringComparison.Ordinal);
        Assert.Contains("tiny", Assert.Single((await _cells.Run("lab.Runs")).Results).Plain, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_swap_and_an_alert_show_as_events()
    {
        var output = await _cells.With(100_000).Run("var run = lab.Start(recipe); await run.Watch(3);");
        await _cells.Run("run.Set(\"balancer\", \"sign-bias\"); run.Alert(\"loss > 0\");");
        await LiveOutput.Until(() => output.Deltas.Any(d => Regex.IsMatch(d.Html, "title>step \\d+: swap")), "the swap");
        await LiveOutput.Until(() => output.Deltas.Any(d => Regex.IsMatch(d.Html, "title>step \\d+: alert")), "the alert");
        await _cells.Run("run.Stop(); await run.Completion;");
        Assert.Contains(PortablePictures.In(output.Figure()), p => p.Contains("<title>step ", StringComparison.Ordinal));
        Assert.Contains("swap: balancer = ", output.Figure(), StringComparison.Ordinal);
        Assert.Contains("alert: loss &gt; 0", output.Figure(), StringComparison.Ordinal);
        Assert.Contains("balancer <span data-text=\"balancer\">sign-bias", output.Figure(), StringComparison.Ordinal);
        // On every chart whose axis is steps.
        var pictures = PortablePictures.In(output.Figure()).Concat(LiveCells.HiddenPictures(output.Figure())).Where(p => p.Contains("class=\"plot\"", StringComparison.Ordinal)).ToArray();
        Assert.InRange(pictures.Length, 3, 6);
        Assert.All(pictures, p => Assert.Matches("<title>step \\d+: swap", p));
        Assert.Contains(System.Net.WebUtility.HtmlEncode(_cells.Open("tiny").FullPath), output.Figure(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_killed_process_leaves_its_last_step_the_reason_and_what_continues_it()
    {
        var output = await _cells.With(100_000).Run("var run = lab.Start(recipe); await run.Watch(6);");
        var id = int.Parse(File.ReadAllText(Path.Combine(_cells.Open("tiny").FullPath, "process")).Split(' ')[0], CultureInfo.InvariantCulture);
        Process.GetProcessById(id).Kill();
        await LiveOutput.Until(() => output.Figure().Contains("ended unexpectedly</span>", StringComparison.Ordinal), "the description of the failure");
        Assert.Matches("run &#39;tiny&#39; failed after step \\d+: its process was killed by .*; run.Resume\\(\\) resumes it from the checkpoint of step \\d+", output.Figure());

        var resumed = await _cells.Run("var on = run.Resume(); await on.Watch(run.Step + 2);");
        await LiveOutput.Until(() => resumed.Figure().Contains("restart: ", StringComparison.Ordinal) || resumed.Deltas.Length > 0, "the resumed display");
        await _cells.Run("on.Stop(); await on.Completion; 1 + 1");
        var (x, _) = LiveCells.Points(resumed.Figure());
        Assert.Equal(Enumerable.Range(1, x.Length).Select(s => (double)s), x);
    }

    [Fact]
    public async Task A_deleted_folder_is_told_and_the_session_lives()
    {
        var output = await _cells.With(100_000).Run("var run = lab.Start(recipe); await run.Watch(3);");
        using var process = Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(_cells.Open("tiny").FullPath, "process")).Split(' ')[0], CultureInfo.InvariantCulture));
        Directory.Move(_cells.Open("tiny").FullPath, Path.Combine(_cells.Tiny.Folder, "away"));
        try
        {
            await LiveOutput.Until(() => output.Figure().Contains("its folder was deleted", StringComparison.Ordinal), "the sentence");
            var sent = output.Sent.Count;
            Assert.Equal("2", Assert.Single((await _cells.Run("1 + 1")).Results).Plain);
            Assert.Equal(sent, output.Sent.Count);
        }
        finally
        {
            process.Kill();
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        }
    }

    [Fact]
    public async Task A_race_shows_one_chart_and_its_table_is_the_result()
    {
        var output = await _cells.With(12).Run("await lab.Race(recipe, [\"smebu\", \"none\"], seeds: 2)");
        Assert.Single(output.Figures);
        Assert.Contains("Over 2 paired seeds", Assert.Single(output.Results).Plain, StringComparison.Ordinal);
        Assert.Contains("4 of 4 runs have ended", output.Figure(), StringComparison.Ordinal);
        for (var run = 0; run < 4; run++)
            Assert.Equal(12, LiveCells.Points(output.Figure(), series: run).X.Length);
        LiveBrowserTests.Save("race", output.Figure());
        Assert.Equal(4, Regex.Count(output.Figure(), "class=\"chip good\" data-chip=\"r\\d\""));
    }

    [Fact]
    public void A_run_of_a_thousand_steps_is_saved_small()
    {
        var run = Views.SyntheticRun.Create("small", steps: 1000, layers: 4, experts: 64);
        var html = LiveOutput.Html(new RunCard(new Run(run.FullPath, _cells.Lab)).Whole("size"));
        Assert.InRange(html.Length, 20_000, 400_000);
        Assert.Equal(1000, LiveCells.Points(html).X.Length);
    }
}
