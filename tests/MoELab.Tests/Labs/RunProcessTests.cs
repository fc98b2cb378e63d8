using System.Diagnostics;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;

namespace MoELab.Tests.Labs;

public sealed class RunProcessTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public async Task A_process_that_is_killed_leaves_a_sentence_and_a_run_to_resume()
    {
        var lab = new MoELab.Lab(_tiny.Runs, _tiny.Catalog);
        var run = lab.Start(_tiny.Recipe.With("training.steps=100000").With("training.checkpoint_every=2"), "killed");
        var attached = new MoELab.Lab(_tiny.Runs, _tiny.Catalog).Attach("killed");
        await run.Watch(6);
        Assert.Equal(RunStatus.Running, attached.Status);
        var id = int.Parse(File.ReadAllText(Path.Combine(run.FullPath, "process")).Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture);
        Process.GetProcessById(id).Kill();
        var error = await Assert.ThrowsAsync<RunException>(() => run.Completion);
        Assert.Matches("^run 'killed' failed after step \\d+: its process was killed by signal 9; run.Resume\\(\\) resumes it from the checkpoint of step \\d+$", error.Message);
        Assert.Contains("run.Resume()", (await Assert.ThrowsAsync<RunException>(() => attached.Completion)).Message, StringComparison.Ordinal);
        Assert.Equal(RunStatus.Interrupted, run.Status);

        var step = run.Step;
        var resumed = run.Resume();
        await resumed.Watch(step + 2);
        Assert.True(resumed.Step > step);
        resumed.Cancel();
        await resumed.Completion;
        Assert.Equal(RunStatus.Stopped, resumed.Status);
    }

    [Fact]
    public async Task A_run_in_this_process_is_not_cancelled_with_it()
    {
        var lab = new MoELab.Lab(_tiny.Runs, _tiny.Catalog);
        using var stop = new CancellationTokenSource();
        var opened = new TaskCompletionSource<Run>(TaskCreationOptions.RunContinuationsAsynchronously);
        lab.Opened += opened.SetResult;
        var training = lab.Train(_tiny.Recipe.With("training.steps=100000"), inProcess: true, name: "here", stop: stop.Token);
        var run = await opened.Task;
        while (run.Step < 1)
            await Task.Delay(10);
        Assert.Contains("in this process", Assert.Throws<InputException>(run.Cancel).Message, StringComparison.Ordinal);
        await stop.CancelAsync();
        Assert.Equal(RunStatus.Stopped, (await training).Status);
    }
}
