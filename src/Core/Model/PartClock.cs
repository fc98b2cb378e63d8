using MoELab.Interop.Torch;

namespace MoELab.Model;

/// <summary>
/// Seconds that forward and backward spend in each part of the model, on the processor. A mark where a part begins books what came
/// before it; in backward, which runs the operations of the forward pass from the last to the first, the same mark books the part.
/// </summary>
/// <param name="time">Tells the time.</param>
internal sealed class PartClock(TimeProvider time)
{
    private readonly Dictionary<string, (double Forward, double Backward)> _seconds = [];
    private string _part = ModelPart.Embedding;
    private long _since;

    /// <summary>Seconds by part.</summary>
    internal IReadOnlyDictionary<string, (double Forward, double Backward)> Seconds => _seconds;

    /// <summary>A forward pass begins.</summary>
    internal void Start() => (_part, _since) = (ModelPart.Embedding, time.GetTimestamp());

    /// <summary>What is computed from <paramref name="x"/> and after it belongs to <paramref name="part"/>.</summary>
    /// <returns>The same numbers; the part must go on from them.</returns>
    internal Tensor Begin(string part, Tensor x)
    {
        Continue(part);
        return x.requires_grad ? PartMark.apply(x, this, part) : x;
    }

    /// <summary>What has no backward pass from here on belongs to <paramref name="part"/>.</summary>
    internal void Continue(string part)
    {
        Book(_part, false);
        _part = part;
    }

    /// <summary>The forward pass has ended, backward begins.</summary>
    internal void Turn() => Book(_part, false);

    /// <summary>Backward has ended.</summary>
    internal void End() => Book(ModelPart.Embedding, true);

    internal void Book(string part, bool backward)
    {
        var now = time.GetTimestamp();
        var elapsed = time.GetElapsedTime(_since, now).TotalSeconds;
        var (forward, back) = _seconds.GetValueOrDefault(part);
        _seconds[part] = backward ? (forward, back + elapsed) : (forward + elapsed, back);
        _since = now;
    }

    private sealed class PartMark : GuardedFunction<PartMark>
    {
        public override string Name => nameof(PartMark);

        protected override Tensor Compute(torch.autograd.AutogradContext ctx, object[] vars)
        {
            ctx.save_data("clock", vars[1]);
            ctx.save_data("part", vars[2]);
            return ((Tensor)vars[0]).alias();
        }

        protected override List<Tensor> Differentiate(torch.autograd.AutogradContext ctx, Tensor grad_output)
        {
            ((PartClock)ctx.get_data("clock")).Book((string)ctx.get_data("part"), true);
            return [grad_output.alias(), null!, null!];
        }
    }
}
