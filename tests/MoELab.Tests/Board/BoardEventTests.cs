using MoELab.Tests.Training;
using MoELab.Training;

namespace MoELab.Tests.Board;

public sealed class BoardEventTests
{
    [Fact]
    public async Task A_training_shows_in_the_stream_stops_by_a_button_and_goes_when_it_is_deleted()
    {
        using var tiny = new TinyRuns();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(TimeSpan.FromMinutes(4));
        Directory.CreateDirectory(tiny.Runs);
        await using var board = await OpenBoard.Over(tiny.Runs);
        using var stream = new StreamReader(await board.Client.GetStreamAsync("api/events?since=0", limit.Token));
        var training = Task.Factory.StartNew(() =>
        {
            using var trainer = tiny.Create(tiny.Recipe.With("training.steps=100000"), "live");
            return trainer.Run();
        }, limit.Token, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        var steps = new List<int>();
        while (steps.Count < 3)
            if (await Next("rows") is { } row && row["state"]!.ToString() == "running")
                steps.Add((int)row["step"]!);
        Assert.Equal(steps.Order(), steps);
        Assert.True(steps[^1] > steps[0]);

        await board.Post("api/act", new { run = "live", action = "stop" });
        Assert.Equal(TrainingEnd.Stopped, await training);
        while ((await Next("rows"))?["state"]!.ToString() != "stopped")
        {
        }
        await board.Post("api/delete", new { run = "live", confirm = "live" });
        while ((await Next("gone"))?.ToString() != "live")
        {
        }

        // The first entry of one of the lists of the next event of runs.
        async Task<JsonNode?> Next(string list)
        {
            while (await stream.ReadLineAsync(limit.Token) is { } line)
                if (line == "event: runs")
                    return JsonNode.Parse((await stream.ReadLineAsync(limit.Token))!["data: ".Length..])![list]!.AsArray().FirstOrDefault();
            throw new InvalidOperationException("the stream has ended");
        }
    }
}
