using MoELab.Query;
using MoELab.Runs.Control;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Training;

namespace MoELab.Tests.Training;

public sealed class InboxTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void A_swap_takes_effect_at_the_next_step_keeps_the_bias_and_is_acknowledged()
    {
        using var trainer = _tiny.Create();
        string? id = null;
        trainer.StepFinished += row => { if (row.Step == 3) id = Inbox.Send(trainer.Folder, CommandKind.Set, "balancer", "none"); };
        trainer.Run();
        var rows = RunReader.Open(trainer.Folder).Metrics;
        Assert.True(rows["bias_step/norm/0"].At(3) > 0);
        Assert.Equal(0, rows["bias_step/norm/0"].At(4));
        Assert.Equal(rows["bias/norm/0"].At(3), rows["bias/norm/0"].At(8));
        var ack = Assert.Single(TinyRuns.Events(trainer.Folder), e => e.Kind == EventKind.Ack);
        Assert.Equal(id, ack.Data!["id"]!.ToString());
        Assert.Equal(4, ack.Data!["before_step"]!.GetValue<int>());
        Assert.Contains(TinyRuns.Events(trainer.Folder), e => e.Kind == EventKind.Swap);
    }

    [Fact]
    public void What_cannot_change_during_a_run_is_refused_and_the_run_goes_on()
    {
        using var trainer = _tiny.Create();
        trainer.StepFinished += row =>
        {
            if (row.Step != 2)
                return;
            Inbox.Send(trainer.Folder, CommandKind.Set, "model.experts", 16);
            Inbox.Send(trainer.Folder, CommandKind.Set, "balancer.kapa", 3);
        };
        Assert.Equal(TrainingEnd.Finished, trainer.Run());
        var refusals = TinyRuns.Events(trainer.Folder).Where(e => e.Kind == EventKind.Ack).Select(e => e.Data!["refused"]!.ToString()).ToList();
        Assert.Contains(refusals, r => r.Contains("model.experts") && r.Contains("start another run"));
        Assert.Contains(refusals, r => r.Contains("kapa") && r.Contains("kappa"));
    }

    [Fact]
    public void A_change_that_an_optimizer_refuses_leaves_recipe_and_run_as_they_were()
    {
        var plain = _tiny.Train(name: "plain");
        string folder;
        using (var trainer = _tiny.Create(name: "refused"))
        {
            folder = trainer.Folder;
            trainer.StepFinished += row =>
            {
                if (row.Step == 2)
                    Inbox.Send(folder, CommandKind.Set, "optimizer.groups.vectors", "muon");
                if (row.Step == 6)
                    trainer.RequestStop();
            };
            Assert.Equal(TrainingEnd.Stopped, trainer.Run());
            Assert.Equal(MoELab.Plugins.RecipeInFull.InFull(_tiny.Recipe, _tiny.Catalog), trainer.Recipe);
        }
        using (var resumed = Trainer.Resume(folder, _tiny.Catalog)!)
            Assert.Equal(TrainingEnd.Finished, resumed.Run());
        Assert.Contains(TinyRuns.Events(folder), e => e.Kind == EventKind.Ack && e.Data!["refused"]?.ToString().Contains("is a vector") == true);
        Assert.Equal(TinyRuns.Rows(plain), TinyRuns.Rows(folder));
    }

    [Fact]
    public async Task Pause_waits_and_continue_goes_on_without_changing_the_run()
    {
        var plain = _tiny.Train(name: "plain");
        using var trainer = _tiny.Create(name: "paused");
        trainer.StepFinished += row =>
        {
            if (row.Step == 2)
                Inbox.Send(trainer.Folder, CommandKind.Pause);
        };
        var run = Task.Factory.StartNew(trainer.Run, TaskCreationOptions.LongRunning);
        WaitFor(() => TinyRuns.Events(trainer.Folder).Any(e => e.Kind == EventKind.Pause));
        Assert.Equal(2, RunReader.Open(trainer.Folder).Step);
        Inbox.Send(trainer.Folder, CommandKind.Continue);
        Assert.Equal(TrainingEnd.Finished, await run);
        Assert.Equal(TinyRuns.Rows(plain), TinyRuns.Rows(trainer.Folder));
    }

    [Fact]
    public void Stop_saves_and_ends_and_a_set_is_replayed_after_resume()
    {
        var changed = Swapped("unbroken", stopAfter: 0);
        var resumed = Swapped("resumed", stopAfter: 7);
        Assert.Equal(TinyRuns.Rows(changed), TinyRuns.Rows(resumed));
    }

    [Fact]
    public void A_set_that_came_after_the_checkpoint_is_applied_again_at_its_step()
    {
        var changed = Swapped("unbroken", stopAfter: 0);
        var run = Swapped("lost", stopAfter: 7);
        Directory.Delete(Path.Combine(run, "checkpoints", "step-7"), recursive: true);
        foreach (var later in Directory.GetDirectories(Path.Combine(run, "checkpoints"), "step-8"))
            Directory.Delete(later, recursive: true);
        using var trainer = Trainer.Resume(run, _tiny.Catalog)!;
        Assert.Equal(5, trainer.FirstStep);
        trainer.Run();
        Assert.Equal(TinyRuns.Rows(changed), TinyRuns.Rows(run));
    }

    [Fact]
    public void A_scheduled_change_in_the_recipe_equals_the_same_change_by_hand()
    {
        var byHand = Swapped("by-hand", stopAfter: 0);
        var scheduled = _tiny.Train(_tiny.Recipe with { Schedule = [new ScheduledChange { Step = 6, Set = new Dictionary<string, JsonNode?> { ["balancer"] = "sign-bias" } }] }, "scheduled");
        Assert.Equal(TinyRuns.Rows(byHand), TinyRuns.Rows(scheduled));
    }

    [Fact]
    public async Task An_alert_that_pauses_waits_for_somebody()
    {
        var recipe = _tiny.Recipe with { Alerts = ["loss > 0 for 2 steps, pause"] };
        using var trainer = _tiny.Create(recipe);
        var run = Task.Factory.StartNew(trainer.Run, TaskCreationOptions.LongRunning);
        WaitFor(() => TinyRuns.Events(trainer.Folder).Any(e => e.Kind == EventKind.Pause));
        Assert.Contains(TinyRuns.Events(trainer.Folder), e => e.Kind == EventKind.Alert && e.Step == 2);
        Inbox.Send(trainer.Folder, CommandKind.Stop);
        Assert.Equal(TrainingEnd.Stopped, await run);
    }

    private string Swapped(string name, int stopAfter)
    {
        string folder;
        using (var trainer = _tiny.Create(name: name))
        {
            folder = trainer.Folder;
            Inbox.Send(folder, CommandKind.Set, "balancer", "sign-bias", atStep: 6);
            trainer.StepFinished += row => { if (row.Step == stopAfter) Inbox.Send(folder, CommandKind.Stop); };
            Assert.Equal(stopAfter == 0 ? TrainingEnd.Finished : TrainingEnd.Stopped, trainer.Run());
        }
        if (stopAfter == 0)
            return folder;
        using var resumed = Trainer.Resume(folder, _tiny.Catalog)!;
        resumed.Run();
        return folder;
    }

    private static void WaitFor(Func<bool> holds)
    {
        for (var i = 0; i < 600 && !holds(); i++)
            Thread.Sleep(50);
        Assert.True(holds());
    }
}
