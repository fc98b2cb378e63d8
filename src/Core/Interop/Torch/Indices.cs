namespace MoELab.Interop.Torch;

/// <summary>Counting, by <c>torch.arange</c> with numbers that stay alive while it reads them (<see cref="Scalars"/>).</summary>
public static class Indices
{
    /// <summary>int64 [count]: 0, 1, ... on the device, by default the CPU.</summary>
    public static Tensor Below(long count, torch.Device? device = null)
    {
        using var end = Scalars.Once(count);
        return torch.arange(Scalars.Zero, end, Scalars.One, dtype: torch.ScalarType.Int64, device: device);
    }
}
