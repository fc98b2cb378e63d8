using MoELab.Runs.Reading;
using MoELab.Training;
using MoELab.Training.Steps;

namespace MoELab.Tests.Training;

/// <summary>Losses that see the loads of earlier steps: a running window.</summary>
public sealed class CountHistoryTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    private Recipe Recipe(int window) => _tiny.Recipe with
    {
        Losses = new Dictionary<string, JsonObject> { ["running-window"] = new() { ["weight"] = 0.1, ["steps"] = window } },
    };

    [Fact]
    public void The_sums_are_those_of_the_steps_before_and_end_where_the_window_does()
    {
        using var history = new CountHistory(2, 3, torch.CPU);
        history.For([("a", new Wants(3)), ("b", new Wants(1)), ("c", new Wants(5))]);
        var random = new Random(1);
        var steps = Enumerable.Range(0, 9).Select(_ => Enumerable.Range(0, 6).Select(_ => (long)random.Next(100)).ToArray()).ToArray();
        for (var s = 0; s < steps.Length; s++)
        {
            Assert.Equal([3, 5], history.Sums.Keys.Order());
            foreach (var (wanted, sum) in history.Sums)
                Assert.Equal(Enumerable.Range(0, 6).Select(i => steps[Math.Max(0, s - wanted + 1)..s].Sum(c => c[i])), sum.data<long>().ToArray());
            history.Add(torch.tensor(steps[s]).reshape(2, 3));
        }
        using var saved = history.Save();
        Assert.NotNull(saved);
        Assert.Equal([4, 2, 3], saved.shape);
        using var loaded = new CountHistory(2, 3, torch.CPU);
        loaded.For([("a", new Wants(3))]);
        loaded.Load(saved);
        Assert.Equal(history.Sums[3].data<long>().ToArray(), loaded.Sums[3].data<long>().ToArray());
        history.For([("b", new Wants(1))]);
        Assert.Empty(history.Sums);
        Assert.Null(history.Save());
    }

    [Fact]
    public void Steps_of_another_model_and_a_window_out_of_range_are_refused()
    {
        using var history = new CountHistory(2, 3, torch.CPU);
        Assert.Equal("losses.a: wants the counts of 0 steps; expected 1 to 10000", Assert.Throws<InputException>(() => history.For([("a", new Wants(0))])).Message);
        Assert.Equal("counts.safetensors: 'steps' is Int64 [4, 2, 5]; expected int64 [steps, 2, 3]",
            Assert.Throws<InputException>(() => history.Load(torch.zeros(4, 2, 5, torch.ScalarType.Int64))).Message);
    }

    [Fact]
    public void A_window_changes_a_run_from_its_second_step_on()
    {
        var (one, three) = (RunReader.Open(_tiny.Train(Recipe(1), "one")), RunReader.Open(_tiny.Train(Recipe(3), "three")));
        Assert.Equal(one.Metrics["loss/aux/running-window"].Values[0], three.Metrics["loss/aux/running-window"].Values[0]);
        Assert.NotEqual(one.Metrics["loss/aux/running-window"].Values[1], three.Metrics["loss/aux/running-window"].Values[1]);
    }

    [Fact]
    public void A_stopped_and_resumed_run_goes_on_with_its_window()
    {
        var (whole, broken) = (_tiny.Train(Recipe(4), "whole"), _tiny.Stop(Recipe(4), "broken", 6));
        using (var trainer = Trainer.Resume(broken, _tiny.Catalog))
            Assert.Equal(TrainingEnd.Finished, trainer!.Run());
        Assert.Equal(TinyRuns.Rows(whole), TinyRuns.Rows(broken));
    }

    private sealed class Wants(int steps) : IAuxiliaryLoss
    {
        public double Weight => 1;
        public int CountSteps => steps;
        public Tensor Compute(in AuxiliaryLossInput input) => throw new NotSupportedException();
    }
}
