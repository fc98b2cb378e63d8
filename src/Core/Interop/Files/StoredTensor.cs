using MoELab.Interop.Files.Pickle;

namespace MoELab.Interop.Files;

/// <summary>A tensor of a PyTorch state dict: a view of a storage, which is a file in the archive.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Shape.</param>
/// <param name="Strides">Elements between neighbours, for each dimension.</param>
/// <param name="Offset">Index of the first element in the storage.</param>
/// <param name="Storage">Name of the storage.</param>
/// <param name="StorageElements">Number of elements in the storage.</param>
internal sealed record StoredTensor(StorageType Type, long[] Shape, long[] Strides, long Offset, string Storage, long StorageElements)
{
    /// <summary>Number of elements.</summary>
    public long Elements => Shape.Aggregate(1L, (n, size) => n * size);

    /// <summary>Number of storage elements from the first that it uses to the last.</summary>
    public long Span => Elements == 0 ? 0 : 1 + Shape.Zip(Strides, (size, stride) => (size - 1) * stride).Sum();

    /// <summary>Whether its elements are neighbours in the storage, in order.</summary>
    public bool IsContiguous
    {
        get
        {
            var expected = 1L;
            for (var d = Shape.Length - 1; d >= 0; d--)
            {
                if (Shape[d] != 1 && Strides[d] != expected)
                    return false;
                expected *= Shape[d];
            }
            return true;
        }
    }

    private static readonly PickleGlobal
        OrderedDictionary = new("collections", "OrderedDict"),
        Rebuild = new("torch._utils", "_rebuild_tensor_v2"),
        RebuildParameter = new("torch._utils", "_rebuild_parameter");

    /// <summary>Whether a state dict may name a class or function.</summary>
    public static bool Expects(PickleGlobal global) =>
        global == OrderedDictionary || global == Rebuild || global == RebuildParameter || StorageType.Of(global) is not null;

    /// <summary>Interprets what a pickle says of the tensor <paramref name="name"/>.</summary>
    /// <exception cref="InputException">It is no tensor, or one that the file cannot hold.</exception>
    public static StoredTensor Of(string path, string name, object? value)
    {
        var what = $"{path}: entry '{PickleReader.Shown(name)}'";
        if (value is PickleCall { Arguments: [PickleCall inner, ..] } parameter && parameter.Function == RebuildParameter)
            value = inner;
        if (value is not PickleCall call || call.Function != Rebuild)
            throw new InputException($"{what} is {Kind(value)}; expected a tensor (for a state dict inside a checkpoint: "
                + "torch.save(checkpoint['model'], ...))");
        if (call.Arguments is not [PicklePersistent { Id: object?[] id }, long offset, object?[] shape, object?[] strides, bool, ..]
            || id is not ["storage", PickleGlobal type, string key, string, long elements]
            || shape.Length != strides.Length || !shape.Concat(strides).All(n => n is long and >= 0) || offset < 0 || elements < 0)
            throw new InputException($"{what} is not described as PyTorch describes a tensor; the file is damaged");
        if (call.Arguments is [_, _, _, _, _, _, not (null or PickleDictionary { Entries.Count: 0 }), ..])
            throw new InputException($"{what} is a conjugate or negative view; save a copy of the values: tensor.resolve_conj().resolve_neg()");
        var tensor = new StoredTensor(StorageType.Of(type)!, [.. shape.Cast<long>()], [.. strides.Cast<long>()], offset, key, elements);
        if (tensor.Type.Size == 0)
            throw new InputException($"{what} is of the type {type.Name}; expected one of {string.Join(", ", StorageType.Names)}");
        tensor.Check(what);
        return tensor;
    }

    /// <summary>What <c>torch.save</c> would write of a contiguous tensor with a storage of its own.</summary>
    public static PickleCall Describe(StorageType type, long[] shape, string storage)
    {
        var strides = new object?[shape.Length];
        var elements = 1L;
        for (var d = shape.Length - 1; d >= 0; d--)
            (strides[d], elements) = (elements, elements * Math.Max(1, shape[d]));
        if (shape.Contains(0))
            elements = 0;
        object?[] id = ["storage", type.Global, storage, "cpu", elements];
        return new PickleCall(Rebuild, [new PicklePersistent(id), 0L, shape.Select(n => (object?)n).ToArray(), strides, false,
            new PickleCall(OrderedDictionary, [])]);
    }

    private void Check(string what)
    {
        try
        {
            var elements = Shape.Aggregate(1L, (n, size) => checked(n * size));
            var last = Shape.Zip(Strides, (size, stride) => checked(Math.Max(0, size - 1) * stride)).Aggregate(Offset, (a, b) => checked(a + b));
            _ = checked(StorageElements * Type.Size);
            if (elements == 0)
                return;
            if (last >= StorageElements)
                throw new InputException($"{what} needs {last + 1} elements of a storage of {StorageElements}; the file is damaged");
            // An expanded tensor of a few bytes can claim any size.
            if (elements > StorageElements)
                throw new InputException($"{what} repeats {StorageElements} stored elements to {elements}; "
                    + "save a copy of the values: tensor.clone()");
        }
        catch (OverflowException e)
        {
            throw new InputException($"{what} of shape [{string.Join(", ", Shape)}] is larger than any file; the file is damaged", e);
        }
    }

    private static string Kind(object? value) => value switch
    {
        null => "None",
        bool => "a truth value",
        long or double => "a number",
        string => "text",
        PickleDictionary => "a dictionary",
        object?[] or List<object?> => "a list",
        _ => "a storage",
    };
}
