// Shapes: N choices, E experts.
using MoELab.Interop.Torch;

namespace MoELab.Experts;

/// <summary>Sorts a router's choices by expert, stably: the rows of an expert stay in the router's order, which is token order.</summary>
public static class DispatchPlanner
{
    /// <summary>Plans a choice. The plan is on the choice's device; whoever uses it last disposes it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A choice names an expert that does not exist.</exception>
    public static DispatchPlan Plan(RouterChoice choice, int tokens, int experts) => choice.Expert_N.device_type == DeviceType.CPU
        ? CountingSort(choice, tokens, experts)
        : DeviceSort(choice, tokens, experts);

    private static unsafe DispatchPlan CountingSort(RouterChoice choice, int tokens, int experts)
    {
        using var scope = torch.NewDisposeScope();
        var (expert_N, token_N) = (choice.Expert_N.contiguous(), choice.Token_N.contiguous());
        var rows = checked((int)expert_N.numel());
        long* expert = NativeTensor.Longs(expert_N), token = NativeTensor.Longs(token_N);

        var counts = new int[experts];
        for (var i = 0; i < rows; i++)
        {
            if ((ulong)expert[i] >= (ulong)experts)
                throw new ArgumentOutOfRangeException(nameof(choice), $"choice {i} names expert {expert[i]}; expected 0 to {experts - 1}");
            counts[expert[i]]++;
        }

        var next = new int[experts];
        var ends = new int[experts];
        for (int e = 0, end = 0; e < experts; e++)
        {
            next[e] = end;
            ends[e] = end += counts[e];
        }

        Tensor rowToken_N = torch.empty([rows], dtype: torch.ScalarType.Int64), rowChoice_N = torch.empty([rows], dtype: torch.ScalarType.Int64);
        long* rowToken = NativeTensor.Longs(rowToken_N), rowChoice = NativeTensor.Longs(rowChoice_N);
        for (var i = 0; i < rows; i++)
        {
            var row = next[expert[i]]++;
            rowToken[row] = token[i];
            rowChoice[row] = i;
        }
        return Finish(rowToken_N, rowChoice_N, torch.tensor(ends), counts, tokens, choice.TopK);
    }

    private static DispatchPlan DeviceSort(RouterChoice choice, int tokens, int experts)
    {
        using var scope = torch.NewDisposeScope();
        var (sorted_N, rowChoice_N) = torch.sort(choice.Expert_N, 0, descending: false, stable: true);
        var counts_E = torch.bincount(sorted_N, null, experts);
        var counts = Array.ConvertAll(counts_E.cpu().data<long>().ToArray(), c => (int)c);
        if (counts.Length != experts)
            throw new ArgumentOutOfRangeException(nameof(choice), $"a choice names expert {counts.Length - 1}; expected 0 to {experts - 1}");
        var ends_E = counts_E.cumsum(0).to(torch.ScalarType.Int32);
        return Finish(choice.Token_N.index_select(0, rowChoice_N), rowChoice_N, ends_E, counts, tokens, choice.TopK);
    }

    // The autograd graph may outlive every scope, so that the plan belongs to none; saved tensors keep their own reference.
    private static DispatchPlan Finish(Tensor rowToken_N, Tensor rowChoice_N, Tensor ends_E, int[] counts, int tokens, int topK) =>
        new(rowToken_N.DetachFromDisposeScope(), rowChoice_N.DetachFromDisposeScope(), ends_E.DetachFromDisposeScope(), counts, tokens, topK);
}
