using MoELab.Interop.Files.Pickle;

namespace MoELab.Interop.Files;

/// <summary>An element type of PyTorch, by the name of its storage class.</summary>
/// <param name="Name">The class in the module <c>torch</c>.</param>
/// <param name="Type">The type here.</param>
/// <param name="Size">Bytes per element; 0 for a type that weights cannot have.</param>
internal sealed record StorageType(string Name, torch.ScalarType Type, int Size)
{
    private static readonly StorageType[] Types =
    [
        new("FloatStorage", torch.ScalarType.Float32, 4), new("DoubleStorage", torch.ScalarType.Float64, 8),
        new("HalfStorage", torch.ScalarType.Float16, 2), new("BFloat16Storage", torch.ScalarType.BFloat16, 2),
        new("LongStorage", torch.ScalarType.Int64, 8), new("IntStorage", torch.ScalarType.Int32, 4),
        new("ShortStorage", torch.ScalarType.Int16, 2), new("CharStorage", torch.ScalarType.Int8, 1),
        new("ByteStorage", torch.ScalarType.Byte, 1), new("BoolStorage", torch.ScalarType.Bool, 1),
        new("ComplexFloatStorage", torch.ScalarType.ComplexFloat32, 0), new("ComplexDoubleStorage", torch.ScalarType.ComplexFloat64, 0),
    ];

    /// <summary>The types that weights can have.</summary>
    public static IEnumerable<string> Names => Types.Where(t => t.Size > 0).Select(t => t.Name);

    /// <summary>The class in a pickle.</summary>
    public PickleGlobal Global => new("torch", Name);

    /// <summary>The type of a class; null for another class.</summary>
    public static StorageType? Of(PickleGlobal global) => global.Module == "torch" ? Types.FirstOrDefault(t => t.Name == global.Name) : null;

    /// <summary>The type of a tensor here; null if weights cannot have it.</summary>
    public static StorageType? Of(torch.ScalarType type) => Types.FirstOrDefault(t => t.Type == type && t.Size > 0);
}
