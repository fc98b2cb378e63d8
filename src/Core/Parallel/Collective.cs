using MoELab.Interop.Torch;

namespace MoELab.Parallel;

/// <summary>One rank's call.</summary>
internal sealed unsafe record Collective
{
    public required CollectiveKind Kind { get; init; }

    /// <summary>Where the result goes; the input itself where the call works in place, null where no data move.</summary>
    public Tensor? Output { get; init; }

    public Tensor? Input { get; init; }

    public ReduceOp Op { get; init; }

    public int Root { get; init; }

    public long[] OutputRows { get; init; } = [];

    public long[] InputRows { get; init; } = [];

    /// <summary>Of a split.</summary>
    public RankPlaces? Places { get; init; }

    public torch.ScalarType Type => Input!.dtype;

    public int ElementSize => (int)Input!.ElementSize;

    public byte* InputPointer => (byte*)NativeTensor.Pointer(Input!);

    public byte* OutputPointer => (byte*)NativeTensor.Pointer(Output!);

    /// <summary>Elements of one row of an all-to-all.</summary>
    public long RowElements => Input!.shape.Skip(1).Aggregate(1L, (a, b) => a * b);

    /// <summary>The same call with tensors of its own on the same memory, which live until <see cref="Release"/>: a dispose scope may end before the call does.</summary>
    public Collective Hold()
    {
        if (Input is null || Output is null)
            return this;
        var input = Input.detach().DetachFromDisposeScope();
        return this with { Input = input, Output = ReferenceEquals(Input, Output) ? input : Output.detach().DetachFromDisposeScope() };
    }

    public void Release()
    {
        Input?.Dispose();
        if (!ReferenceEquals(Input, Output))
            Output?.Dispose();
    }
}
