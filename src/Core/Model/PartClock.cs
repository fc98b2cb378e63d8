using MoELab.Interop.Torch;

namespace MoELab.Model;

/// <summary>
/// Measures the seconds that forward and backward spend in each part of the model, on the CPU. A mark at the start of a part books the time
/// before it; in backward, which runs the operations in reverse order, the same mark books the part itself.
/// </summary>
internal sealed class PartClock(TimeProvider time)
{
    private readonly Dictionary<string, (double Forward, double Backward)> _seconds = [];
    private string _part = ModelPart.Embedding;
    private long _since;

    /// <summary>Seconds by part.</summary>
    internal IReadOnlyDictionary<string, (double Forward, double Backward)> Seconds => _seconds;

    /// <summary>Starts a forward pass.</summary>
    internal void Start() => (_part, _since) = (ModelPart.Embedding, time.GetTimestamp());

    /// <summary>Marks that everything computed from <paramref name="x"/> on belongs to <paramref name="part"/>.</summary>
    /// <returns>A tensor with the same values, from which the part must continue.</returns>
    internal Tensor Begin(string part, Tensor x)
    {
        Continue(part);
        return x.requires_grad ? PartMark.apply(x, this, part) : x;
    }

    /// <summary>Marks that operations without a backward pass from here on belong to <paramref name="part"/>.</summary>
    internal void Continue(string part)
    {
        Book(_part, false);
        _part = part;
    }

    /// <summary>Ends the forward pass and starts backward.</summary>
    internal void Turn() => Book(_part, false);

    /// <summary>Ends backward.</summary>
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
