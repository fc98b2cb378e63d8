using MoELab.Interop.Torch;

namespace MoELab.Model.Operations;

// B sequences, S positions, R half a head's width.

/// <summary>
/// Data shared by all attention layers of one forward pass: what each position may attend to, and rotation tables. A position attends to a run of
/// positions that ends with itself; the blocked attention derives it from the start of its document, other code from masks
/// (0 for allowed positions, minus infinity for others, null if plain causality is enough).
/// </summary>
/// <param name="Batch">Number of sequences (B).</param>
/// <param name="Length">Sequence length (S).</param>
/// <param name="First_BS">First position of each position's document; null if masks are used.</param>
/// <param name="LocalMask">Mask [1 or B, 1, S, S] of local layers.</param>
/// <param name="GlobalMask">Mask [1 or B, 1, S, S] of global layers.</param>
/// <param name="Cos_SR">Cosines of the rotation, float32 [S, R].</param>
/// <param name="Sin_SR">Sines of the rotation, float32 [S, R].</param>
/// <param name="HostCos_SR">The cosines in host memory, row by row.</param>
/// <param name="HostSin_SR">The sines in host memory, row by row.</param>
internal sealed record SequenceLayout(int Batch, int Length, int[]? First_BS, Tensor? LocalMask, Tensor? GlobalMask, Tensor Cos_SR, Tensor Sin_SR,
    float[] HostCos_SR, float[] HostSin_SR)
{
    /// <summary>
    /// Builds masks and tables for a batch. Without documents, attention stays inside sequences; the window includes the query's own position;
    /// <paramref name="masked"/> always uses masks.
    /// </summary>
    public static SequenceLayout Create(int batch, int length, Tensor? documents_BS, int window, int headDim, double theta, torch.ScalarType type,
        torch.Device device, bool masked = false)
    {
        using var scope = torch.NewDisposeScope();
        var (hostCos, hostSin) = Rotation(length, headDim, theta);
        var (cos, sin) = (torch.tensor(hostCos, [length, headDim / 2], device: device), torch.tensor(hostSin, [length, headDim / 2], device: device));
        var windowed = window < length;
        Tensor? local = null, global = null;
        var first_BS = !masked && device.type == DeviceType.CPU && type == torch.ScalarType.Float32 && NativeTorch.IsAvailable
            ? Starts(batch, length, documents_BS) : null;
        if (first_BS is null && (windowed || documents_BS is not null))
        {
            var position_S = Indices.Below(length, device);
            var distance_SS = position_S.unsqueeze(1) - position_S.unsqueeze(0);
            var seen = distance_SS.ge(Scalars.Zero).reshape(1, 1, length, length);
            if (documents_BS is not null)
                seen = seen.logical_and(documents_BS.unsqueeze(2).eq(documents_BS.unsqueeze(1)).unsqueeze(1));
            global = documents_BS is null ? null : ToMask(seen, type);
            local = windowed ? ToMask(seen.logical_and(distance_SS.lt(Scalars.Of(window))), type) : global;
        }
        DisposeScopes.MoveOut(cos, sin, global, local);
        return new SequenceLayout(batch, length, first_BS, local, global, cos, sin, hostCos, hostSin);
    }

    // Null if a document reappears after another one, because a position then does not attend to one contiguous run.
    private static int[]? Starts(int batch, int length, Tensor? documents_BS)
    {
        var first_BS = new int[batch * length];
        if (documents_BS is null)
            return first_BS;
        var ids = documents_BS.to(torch.ScalarType.Int64).contiguous().data<long>().ToArray();
        var ended = new HashSet<long>();
        for (var b = 0; b < batch; b++)
        {
            ended.Clear();
            for (int s = 1, at = (b * length) + 1; s < length; s++, at++)
            {
                if (ids[at] == ids[at - 1])
                {
                    first_BS[at] = first_BS[at - 1];
                    continue;
                }
                ended.Add(ids[at - 1]);
                if (ended.Contains(ids[at]))
                    return null;
                first_BS[at] = s;
            }
        }
        return first_BS;
    }

    private static Tensor ToMask(Tensor seen, torch.ScalarType type) =>
        torch.zeros(seen.shape, dtype: type, device: seen.device).masked_fill_(seen.logical_not(), Scalars.Of(float.NegativeInfinity));

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
