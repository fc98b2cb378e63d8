namespace MoELab.Model;

// B sequences, S positions, R half a head's width.

/// <summary>
/// What every attention layer of one forward pass shares: masks (0 where a position may look, minus infinity elsewhere, null where
/// plain causality does) and rotation tables.
/// </summary>
/// <param name="Batch">B.</param>
/// <param name="Length">S.</param>
/// <param name="LocalMask">[1 or B, 1, S, S] of local layers.</param>
/// <param name="GlobalMask">[1 or B, 1, S, S] of global layers.</param>
/// <param name="Cos_SR">float32 [S, R].</param>
/// <param name="Sin_SR">float32 [S, R].</param>
/// <param name="HostCos_SR">The same in host memory, row by row.</param>
/// <param name="HostSin_SR">The same in host memory, row by row.</param>
internal sealed record SequenceLayout(int Batch, int Length, Tensor? LocalMask, Tensor? GlobalMask, Tensor Cos_SR, Tensor Sin_SR, float[] HostCos_SR, float[] HostSin_SR)
{
    /// <summary>Builds masks and tables for a batch.</summary>
    /// <param name="batch">B.</param>
    /// <param name="length">S.</param>
    /// <param name="documents_BS">Document of each position; null keeps attention inside sequences only.</param>
    /// <param name="window">Positions that a local layer sees, itself included.</param>
    /// <param name="headDim">Width of a head.</param>
    /// <param name="theta">RoPE base.</param>
    /// <param name="type">The type of the masks: the compute type.</param>
    /// <param name="device">Where they live.</param>
    public static SequenceLayout Create(int batch, int length, Tensor? documents_BS, int window, int headDim, double theta, torch.ScalarType type, torch.Device device)
    {
        using var scope = torch.NewDisposeScope();
        var (hostCos, hostSin) = Rotation(length, headDim, theta);
        var (cos, sin) = (torch.tensor(hostCos, [length, headDim / 2], device: device), torch.tensor(hostSin, [length, headDim / 2], device: device));
        var windowed = window < length;
        Tensor? local = null, global = null;
        if (windowed || documents_BS is not null)
        {
            var position_S = torch.arange(length, dtype: torch.ScalarType.Int64, device: device);
            var distance_SS = position_S.unsqueeze(1) - position_S.unsqueeze(0);
            var seen = distance_SS.ge(0).reshape(1, 1, length, length);
            if (documents_BS is not null)
                seen = seen.logical_and(documents_BS.unsqueeze(2).eq(documents_BS.unsqueeze(1)).unsqueeze(1));
            global = documents_BS is null ? null : ToMask(seen, type);
            local = windowed ? ToMask(seen.logical_and(distance_SS.lt(window)), type) : global;
        }
        cos.MoveToOuterDisposeScope();
        sin.MoveToOuterDisposeScope();
        global?.MoveToOuterDisposeScope();
        local?.MoveToOuterDisposeScope();
        return new SequenceLayout(batch, length, local, global, cos, sin, hostCos, hostSin);
    }

    private static Tensor ToMask(Tensor seen, torch.ScalarType type) =>
        torch.zeros(seen.shape, dtype: type, device: seen.device).masked_fill_(seen.logical_not(), float.NegativeInfinity);

    private static (float[] Cos, float[] Sin) Rotation(int length, int headDim, double theta)
    {
        var half = headDim / 2;
        var (cos, sin) = (new float[length * half], new float[length * half]);
        for (var r = 0; r < half; r++)
        {
            var frequency = Math.Pow(theta, -2.0 * r / headDim);
            for (var s = 0; s < length; s++)
                (sin[(s * half) + r], cos[(s * half) + r]) = ((float)Math.Sin(s * frequency), (float)Math.Cos(s * frequency));
        }
        return (cos, sin);
    }
}
