using System.Collections;
using MoELab.Interop.Torch;

namespace MoELab.Experts;

// E experts.

/// <summary>
/// Rows of each expert that only the device knows: their number is known at once, the first use of an element waits for the device.
/// </summary>
/// <param name="ends_E">int32 [E]: where each expert's rows end; must live until that first use.</param>
internal sealed class DeviceCounts(Tensor ends_E) : IReadOnlyList<int>
{
    private int[]? _counts;

    public int Count { get; } = (int)ends_E.shape[0];

    public int this[int index] => Counts[index];

    private int[] Counts => _counts ??= Read();

    public IEnumerator<int> GetEnumerator() => ((IEnumerable<int>)Counts).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private int[] Read()
    {
        var ends = HostMemory.Copy<int>(ends_E, torch.ScalarType.Int32);
        return [.. ends.Select((end, e) => e == 0 ? end : end - ends[e - 1])];
    }
}
