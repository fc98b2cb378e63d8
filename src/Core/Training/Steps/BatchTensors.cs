// Shapes: B sequences, S tokens per sequence, T = B x S.
using MoELab.Data;

namespace MoELab.Training.Steps;

/// <summary>A batch of tokens on the device.</summary>
internal sealed record BatchTensors(Tensor Ids_BS, Tensor Targets_T, Tensor Documents_BS, Tensor Domain_T) : IDisposable
{
    public static BatchTensors From(TokenBatch batch, torch.Device device)
    {
        var (b, s) = (batch.Sequences, batch.Length);
        return new BatchTensors(
            ToInt64(batch.Tokens, device).reshape(b, s).DetachFromDisposeScope(),
            ToInt64(batch.Targets, device).DetachFromDisposeScope(),
            ToInt64(batch.Documents, device).reshape(b, s).DetachFromDisposeScope(),
            ToInt64(Array.ConvertAll(batch.Domains, d => (int)d), device).DetachFromDisposeScope());
    }

    public void Dispose()
    {
        Ids_BS.Dispose();
        Targets_T.Dispose();
        Documents_BS.Dispose();
        Domain_T.Dispose();
    }

    private static Tensor ToInt64(int[] values, torch.Device device) =>
        torch.tensor(values, torch.ScalarType.Int64).to(device);
}
