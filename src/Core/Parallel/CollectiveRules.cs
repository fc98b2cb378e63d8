namespace MoELab.Parallel;

/// <summary>What a call's arguments must be.</summary>
internal static class CollectiveRules
{
    private static readonly torch.ScalarType[] Types = [torch.ScalarType.Float32, torch.ScalarType.Float64, torch.ScalarType.BFloat16, torch.ScalarType.Int64];

    /// <exception cref="InputException">An argument with which no rank could make the call.</exception>
    public static void Check(Collective call, int rank, int size, bool anyDevice)
    {
        var (output, input) = (call.Output!, call.Input!);
        ArgumentNullException.ThrowIfNull(output);
        ArgumentNullException.ThrowIfNull(input);
        var name = NameOf(call.Kind);
        CheckTensor(name, input, anyDevice);
        CheckTensor(name, output, anyDevice);
        if (output.dtype != input.dtype)
            throw new InputException($"{name}: the output is {NameOf(output.dtype)} and the input {NameOf(input.dtype)}; expected one element type");
        if (call.Kind == CollectiveKind.Broadcast && (call.Root < 0 || call.Root >= size))
            throw new InputException($"{name}: rank {call.Root} does not exist; the group has {size} ranks, from 0");
        if (!Enum.IsDefined(call.Op))
            throw new InputException($"{name}: {call.Op} is no way to combine values; expected one of {string.Join(", ", Enum.GetNames<ReduceOp>())}");
        if (ReferenceEquals(output, input))
            return;
        CheckApart(call, name);
        switch (call.Kind)
        {
            case CollectiveKind.AllGather when output.numel() != input.numel() * size:
                throw new InputException($"{name}: the output has {output.numel()} elements; expected {input.numel() * size}, {size} times the input's {input.numel()}");
            case CollectiveKind.ReduceScatter when input.numel() != output.numel() * size:
                throw new InputException($"{name}: the input has {input.numel()} elements; expected {output.numel() * size}, {size} times the output's {output.numel()}");
            case CollectiveKind.AllToAll:
                CheckRows(name, "input", input, call.InputRows, size);
                CheckRows(name, "output", output, call.OutputRows, size);
                if (call.InputRows[rank] != call.OutputRows[rank])
                    throw new InputException($"{name}: rank {rank} sends itself {call.InputRows[rank]} rows and expects {call.OutputRows[rank]}");
                if (!input.shape.Skip(1).SequenceEqual(output.shape.Skip(1)))
                    throw new InputException($"{name}: rows of the input have another shape than the output's: {CallSignature.Shape(input.shape)} and {CallSignature.Shape(output.shape)}");
                break;
        }
    }

    public static string NameOf(CollectiveKind kind) => kind switch
    {
        CollectiveKind.AllReduce => "all-reduce",
        CollectiveKind.AllGather => "all-gather",
        CollectiveKind.ReduceScatter => "reduce-scatter",
        CollectiveKind.AllToAll => "all-to-all",
        CollectiveKind.Broadcast => "broadcast",
        CollectiveKind.Barrier => "barrier",
        _ => "split",
    };

    public static string NameOf(torch.ScalarType type) => type.ToString().ToLowerInvariant();

    private static void CheckTensor(string name, Tensor tensor, bool anyDevice)
    {
        if (!Types.Contains(tensor.dtype))
            throw new InputException($"{name}: a tensor of {NameOf(tensor.dtype)}; expected one of {string.Join(", ", Types.Select(NameOf))}");
        if (!anyDevice && tensor.device_type != DeviceType.CPU)
            throw new InputException($"{name}: the tensor is on {tensor.device}; this group takes tensors of the host, so copy it with cpu()");
        if (!tensor.is_contiguous())
            throw new InputException($"{name}: the tensor of shape {CallSignature.Shape(tensor.shape)} is not contiguous; pass one that is, such as contiguous() gives");
    }

    private static unsafe void CheckApart(Collective call, string name)
    {
        if (call.Input!.device_type != DeviceType.CPU || call.Output!.device_type != DeviceType.CPU)
            return;
        byte* input = call.InputPointer, output = call.OutputPointer;
        if (input < output + (call.Output.numel() * call.ElementSize) && output < input + (call.Input.numel() * call.ElementSize))
            throw new InputException($"{name}: input and output share memory");
    }

    private static void CheckRows(string name, string which, Tensor tensor, long[] rows, int size)
    {
        if (rows.Length != size)
            throw new InputException($"{name}: {rows.Length} numbers of rows of the {which}; expected one for each of {size} ranks");
        if (Array.FindIndex(rows, r => r < 0) is >= 0 and var rank)
            throw new InputException($"{name}: {rows[rank]} rows of the {which} for rank {rank}");
        if (tensor.dim() == 0 || tensor.shape[0] != rows.Sum())
            throw new InputException($"{name}: the {which} has shape {CallSignature.Shape(tensor.shape)}; expected {rows.Sum()} rows, as the numbers for the ranks say");
    }
}
