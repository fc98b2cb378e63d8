using MoELab.Query;
using MoELab.Runs.Control;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;
using MoELab.Training;

namespace MoELab.Tests.Cli;

public sealed class SendCommandTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public async Task A_running_run_obeys_and_answers()
    {
        using var trainer = _tiny.Create(_tiny.Recipe.With("training.steps=100000").With("training.checkpoint_every=0").With("training.eval_every=0"), "live");
        var training = Task.Factory.StartNew(trainer.Run, TaskCreationOptions.LongRunning);
        Assert.Contains("pause applied before step", Send("pause").Output, StringComparison.Ordinal);
        Assert.Contains("run 'live': set refused: balancer.kapa: unknown key; did you mean 'kappa'?", Send("set", "balancer.kapa=3").Refused(), StringComparison.Ordinal);
        Assert.Contains("model.experts: cannot change during a run", Send("set", "model.experts=16").Refused(), StringComparison.Ordinal);
        Assert.Equal(RunStatus.Running, RunReader.Open(trainer.Folder).Status);
        var set = Send("set", "balancer.kappa=3", "--json").Json;
        Assert.True(set["acknowledged"]!.GetValue<bool>());
        Assert.Null(set["refused"]);
        Assert.Equal(trainer.FirstStep + RunReader.Open(trainer.Folder).Step, set["before_step"]!.GetValue<int>());
        var later = Send("checkpoint", "--at", "99999", "--json").Json;
        Assert.False(later["acknowledged"]!.GetValue<bool>());
        Assert.Contains("step 99999", later["message"]!.GetValue<string>(), StringComparison.Ordinal);
        Send("checkpoint");
        Assert.Contains("continue applied", Send("resume").Output, StringComparison.Ordinal);
        Assert.Contains("stop applied", Send("stop").Output, StringComparison.Ordinal);
        Assert.Equal(TrainingEnd.Stopped, await training);
        Assert.Equal(3, trainer.Recipe.Balancer.Options["kappa"]!.GetValue<double>());
        Assert.Contains("run 'live' is not running (it is stopped)", Send("stop").Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_no_run_would_take_is_not_sent()
    {
        var run = _tiny.Train(name: "live");
        Assert.Contains("is not running (it is finished)", Send("pause").Refused(), StringComparison.Ordinal);
        Assert.Contains("did you mean 'stop'", Send("stopp").Refused(), StringComparison.Ordinal);
        Assert.Contains("needs PATH=VALUE", Send("set").Refused(), StringComparison.Ordinal);
        Assert.Contains("takes no argument", Send("stop", "now").Refused(), StringComparison.Ordinal);
        Assert.Contains("did you mean 'steps'", Send("set", "training.step=3").Refused(), StringComparison.Ordinal);
        Assert.Contains("no such run", CliRun.With(_tiny.Catalog, "send", "nowhere", "stop").Refused(), StringComparison.Ordinal);
        Assert.Empty(Inbox.Read(run));
    }

    private CliRun Send(params string[] words) => CliRun.With(_tiny.Catalog, ["send", "live", .. words, "--runs", _tiny.Runs]);
}
