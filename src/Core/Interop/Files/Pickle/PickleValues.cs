namespace MoELab.Interop.Files.Pickle;

/// <summary>A class or function that a pickle names. It is data: nothing is looked up or run.</summary>
/// <param name="Module">The Python module.</param>
/// <param name="Name">The name in the module.</param>
internal sealed record PickleGlobal(string Module, string Name)
{
    /// <inheritdoc/>
    public override string ToString() => $"{Module}.{Name}";
}

/// <summary>A call that a pickle asks for. It is data: nothing is called.</summary>
/// <param name="Function">What would be called.</param>
/// <param name="Arguments">With which arguments.</param>
internal sealed record PickleCall(PickleGlobal Function, object?[] Arguments);

/// <summary>A reference to something outside of the pickle.</summary>
/// <param name="Id">What identifies it.</param>
internal sealed record PicklePersistent(object? Id);

/// <summary>A dictionary in the order of the pickle, with its duplicates.</summary>
internal sealed class PickleDictionary
{
    public List<KeyValuePair<object?, object?>> Entries { get; } = [];
}
