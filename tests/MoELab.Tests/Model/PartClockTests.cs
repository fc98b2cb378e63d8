using System.Diagnostics;
using MoELab.Model;
using MoELab.Recipes.Costs;
using MoELab.Tests.Training;
using MoELab.Training.Metrics;

namespace MoELab.Tests.Model;

public sealed class PartClockTests : IDisposable
{
    private readonly IDisposable _scope = torch.NewDisposeScope();

    public void Dispose() => _scope.Dispose();

    [Fact]
    public void Marks_change_neither_loss_nor_gradients_and_time_each_part_both_ways()
    {
        var recipe = SimpleModel.Recipe with { DenseLayers = 1, SharedExperts = 1 };
        var (plain, marked) = (SimpleModel.Create(recipe), SimpleModel.Create(recipe));
        var clock = new PartClock(TimeProvider.System);
        var watch = Stopwatch.StartNew();
        clock.Start();
        var loss = Loss(marked, new ForwardContext { Training = true, Parts = clock });
        clock.Turn();
        loss.backward();
        clock.End();
        var whole = watch.Elapsed.TotalSeconds;
        var expected = Loss(plain, new ForwardContext { Training = true });
        expected.backward();

        Assert.Equal(expected.item<float>(), loss.item<float>());
        Assert.All(plain.Parameters.Zip(marked.Parameters), p => Assert.True(p.First.Value.grad!.equal(p.Second.Value.grad!).all().item<bool>(), p.First.Name));
        Assert.Equal(ModelPart.All.Order(StringComparer.Ordinal), clock.Seconds.Keys.Order(StringComparer.Ordinal));
        Assert.All(clock.Seconds, part => Assert.True(part.Value is { Forward: > 0, Backward: > 0 }, part.Key));
        Assert.InRange(clock.Seconds.Values.Sum(s => s.Forward + s.Backward), 0, whole);
    }

    [Fact]
    public void Time_is_booked_on_the_part_that_took_it()
    {
        var time = new HandTime();
        var clock = new PartClock(time);
        clock.Start();
        var x = torch.ones([4], requires_grad: true);
        var y = Slow.apply(x * 2, time, 1, 2);
        y = Slow.apply(clock.Begin(ModelPart.Attention, y), time, 3, 5);
        y = Slow.apply(clock.Begin(ModelPart.Experts, y), time, 7, 11);
        y = Slow.apply(clock.Begin(ModelPart.Head, y), time, 13, 17);
        var loss = y.sum();
        clock.Turn();
        loss.backward();
        clock.End();
        Assert.Equal((1, 2), clock.Seconds[ModelPart.Embedding]);
        Assert.Equal((3, 5), clock.Seconds[ModelPart.Attention]);
        Assert.Equal((7, 11), clock.Seconds[ModelPart.Experts]);
        Assert.Equal((13, 17), clock.Seconds[ModelPart.Head]);
        Assert.Equal([2, 2, 2, 2], x.grad!.data<float>().ToArray());
    }

    [Fact]
    public void A_profile_shares_forward_and_backward_among_the_parts_and_counts_every_product_once()
    {
        using var tiny = new TinyRuns();
        var profile = StepProfile.Measure(tiny.Recipe, tiny.Catalog, 1);
        Assert.Equal(1, profile.Parts.Sum(p => p.Forward + p.Backward), 6);
        Assert.Equal(["embedding", "norms, residuals"], profile.Parts.Where(p => p.Utilisation is null).Select(p => p.Name));
        var cost = RecipeCost.Of(tiny.Recipe, 256);
        Assert.Equal(cost.FlopsPerToken, ModelPart.All.Sum(part => StepProfile.FlopsPerToken(cost, part)), 1e-9 * cost.FlopsPerToken);
    }

    [Fact]
    public void With_activation_checkpointing_a_profile_has_no_parts()
    {
        using var tiny = new TinyRuns();
        Assert.Empty(StepProfile.Measure(tiny.Recipe with { Training = tiny.Recipe.Training with { ActivationCheckpointing = true } }, tiny.Catalog, 1).Parts);
    }

    private static Tensor Loss(MoEModel model, ForwardContext context) =>
        model.Forward(torch.arange(24, dtype: torch.ScalarType.Int64).remainder(SimpleModel.Vocabulary).reshape(2, 12), null, context).Logits_TV.square().mean();

    /// <summary>Goes on when it is told to, in seconds.</summary>
    private sealed class HandTime : TimeProvider
    {
        public long Now { get; set; }

        public override long TimestampFrequency => 1;

        public override long GetTimestamp() => Now;
    }

    /// <summary>Takes its time forward and backward.</summary>
    private sealed class Slow : torch.autograd.SingleTensorFunction<Slow>
    {
        public override string Name => nameof(Slow);

        public override Tensor forward(torch.autograd.AutogradContext ctx, params object[] vars)
        {
            ctx.save_data("time", vars[1]);
            ctx.save_data("seconds", vars[3]);
            ((HandTime)vars[1]).Now += (int)vars[2];
            return ((Tensor)vars[0]).clone();
        }

        public override List<Tensor> backward(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            ((HandTime)ctx.get_data("time")).Now += (int)ctx.get_data("seconds");
            return [grad_output.clone(), null!, null!, null!];
        }
    }
}
