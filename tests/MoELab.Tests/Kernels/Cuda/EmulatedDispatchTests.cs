// N choices, E experts, K choices per token, B blocks of choices.
namespace MoELab.Tests.Kernels.Cuda;

public sealed class EmulatedDispatchTests
{
    [Theory]
    [InlineData(3000, 64, 4)]
    [InlineData(1024, 256, 8)]
    [InlineData(2049, 300, 1)]
    [InlineData(1, 256, 1)]
    [InlineData(7, 1, 7)]
    public void Choices_are_sorted_by_expert_and_stay_in_order(int N, int E, int K)
    {
        var random = new Random(N);
        Check([.. Enumerable.Range(0, N).Select(_ => random.Next(E))], E, K);
    }

    [Fact]
    public void One_expert_may_hold_every_choice() => Check([.. Enumerable.Repeat(5, 1500)], 9, 3);

    [Fact]
    public void Most_experts_may_be_empty() => Check([.. Enumerable.Range(0, 1300).Select(i => i % 3 == 0 ? 2 : 250)], 256, 2);

    [Fact]
    public void Free_choices_bring_their_tokens()
    {
        var random = new Random(1);
        Check([.. Enumerable.Range(0, 1100).Select(_ => random.Next(20))], 20, 0, [.. Enumerable.Range(0, 1100).Select(_ => (long)random.Next(400))]);
    }

    [Fact]
    public void Without_choices_every_expert_ends_at_zero()
    {
        var module = EmulatedModule.Load("dispatch");
        var ends = Numbers.Poisoned<int>(300);
        module.Launch("dispatch_scan", (1, 1, 1), module["SCAN_THREADS"], 0, Array.Empty<int>(), 0, 300, ends);
        Assert.All(ends, e => Assert.Equal(0, e));
    }

    [Fact]
    public void A_choice_that_names_no_expert_is_left_out()
    {
        var (ends, token, choice) = Sort([3, -1, 0, 4, 3, 1L << 32], 4, 1, null);
        Assert.Equal([1, 1, 1, 3], ends);
        Assert.Equal([2, 0, 4, -1, -1, -1], choice);
        Assert.Equal([2, 0, 4, -1, -1, -1], token);
    }

    private static void Check(int[] expert, int E, int K, long[]? tokens = null)
    {
        var module = EmulatedModule.Load("dispatch");
        var (ends, token, choice) = Sort(Array.ConvertAll(expert, e => (long)e), E, K, tokens);
        var order = Enumerable.Range(0, expert.Length).OrderBy(i => expert[i]).ToArray();
        Assert.Equal(order.Select(i => (long)i), choice);
        Assert.Equal(order.Select(i => tokens?[i] ?? i / K), token);
        Assert.Equal(Enumerable.Range(0, E).Select(e => expert.Count(x => x <= e)), ends);

        var size = module["TILE_ROWS"];
        var list = Numbers.Poisoned<int>(4L * ((expert.Length / size) + Math.Min(E, expert.Length)));
        module.Launch("expert_tiles", (1, 1, 1), module["SCAN_THREADS"], (E + 1) * sizeof(int), ends, E, list.Length / 4, list);
        var wanted = new List<int>();
        for (var e = 0; e < E; e++)
        {
            for (var row = e > 0 ? ends[e - 1] : 0; row < ends[e]; row += size)
                wanted.AddRange([e, row, Math.Min(size, ends[e] - row), 0]);
        }
        Assert.True(wanted.Count <= list.Length, "the host's bound is too small");
        Assert.Equal(wanted, list.Take(wanted.Count));
        Assert.All(list.Skip(wanted.Count), x => Assert.Equal(0, x));
    }

    private static (int[] Ends, long[] Token, long[] Choice) Sort(long[] expert, int E, int K, long[]? tokens)
    {
        var module = EmulatedModule.Load("dispatch");
        var (n, blocks) = (expert.Length, (expert.Length + module["DISPATCH_ROWS"] - 1) / module["DISPATCH_ROWS"]);
        var (offsets, ends, token, choice) = (Numbers.Poisoned<int>(blocks * E), Numbers.Poisoned<int>(E), Numbers.Poisoned<long>(n), Numbers.Poisoned<long>(n));
        module.Launch("dispatch_count", (blocks, 1, 1), module["COUNT_THREADS"], E * sizeof(int), expert, n, E, offsets);
        module.Launch("dispatch_scan", (1, 1, 1), module["SCAN_THREADS"], 0, offsets, blocks, E, ends);
        module.Launch("dispatch_place", (blocks, 1, 1), module["PLACE_THREADS"], E * sizeof(int), expert, tokens, offsets, n, E, K, token, choice);
        return (ends, token, choice);
    }
}
