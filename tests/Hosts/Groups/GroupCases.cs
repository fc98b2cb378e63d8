// Shapes: R ranks, N elements, W elements of a row.
using System.Reflection;
using MoELab.Interop.Torch;

namespace MoELab.GroupHost;

/// <summary>The contract of <see cref="IProcessGroup"/>: every case runs on every rank of a group, whatever the group is made of.</summary>
public static class GroupCases
{
    private static readonly long[] Sizes = [0, 1, 3, 257, 5000, 33_001];
    private static readonly torch.ScalarType[] Types = [torch.ScalarType.Float32, torch.ScalarType.Float64, torch.ScalarType.BFloat16, torch.ScalarType.Int64];

    private static readonly double[] Powers = [.. Enumerable.Range(-20, 23).Select(e => Math.Pow(2, e))];

    public static IReadOnlyDictionary<string, Action<IProcessGroup>> All { get; } = typeof(GroupCases).GetMethods(BindingFlags.Public | BindingFlags.Static)
        .Where(m => m.ReturnType == typeof(void)).ToDictionary(m => m.Name.Replace('_', ' '), m => m.CreateDelegate<Action<IProcessGroup>>());

    public static void Sums_are_those_of_rank_order_to_the_bit(IProcessGroup group)
    {
        foreach (var type in Types)
        {
            foreach (var size in Sizes)
            {
                var values_N = Values(group.Rank, size, type);
                group.AllReduce(values_N, ReduceOp.Sum);
                Expect.Same(Sum(group.Size, size, type), values_N, $"sum of {size} {type}");
            }
        }
    }

    public static void Largest_and_smallest_know_NaN(IProcessGroup group)
    {
        foreach (var type in Types.Where(t => t != torch.ScalarType.Int64))
        {
            foreach (var op in new[] { ReduceOp.Max, ReduceOp.Min })
            {
                var values_N = Filled(37, group.Rank, type);
                if (group.Rank == group.Size - 1)
                    values_N[5] = torch.tensor(double.NaN, type);
                group.AllReduce(values_N, op);
                Expect.True(values_N[5].isnan().item<bool>(), $"{op} of {type} lost a NaN");
                Expect.Same(torch.tensor(op == ReduceOp.Max ? group.Size - 1 : 0, type), values_N[6], $"{op} of {type}");
                Expect.True(values_N.isnan().sum().item<long>() == 1, $"{op} of {type} made a NaN");
            }
        }
        var counts_N = torch.tensor(new long[] { group.Rank, -group.Rank, long.MinValue + group.Rank });
        group.AllReduce(counts_N, ReduceOp.Max);
        Expect.Same(torch.tensor(new[] { group.Size - 1, 0, long.MinValue + group.Size - 1 }), counts_N, "largest");
    }

    public static void Gathers_in_rank_order(IProcessGroup group)
    {
        foreach (var type in Types)
        {
            foreach (var size in Sizes)
            {
                var all_RN = torch.empty([group.Size, size], type);
                group.AllGather(all_RN, Values(group.Rank, size, type));
                Expect.Same(torch.stack([.. Ranks(group).Select(r => Values(r, size, type))]), all_RN, $"gathering {size} {type}");
            }
        }
    }

    public static void Scatters_sums_by_rank(IProcessGroup group)
    {
        foreach (var type in Types)
        {
            foreach (var size in Sizes)
            {
                var mine_N = torch.empty(size, type);
                group.ReduceScatter(mine_N, Values(group.Rank, size * group.Size, type), ReduceOp.Sum);
                Expect.Same(Sum(group.Size, size * group.Size, type).narrow(0, size * group.Rank, size).contiguous(), mine_N, $"scattering {size} {type}");
            }
        }
    }

    public static void Rows_go_to_their_rank_also_none(IProcessGroup group)
    {
        foreach (var type in Types)
        {
            Exchange(group, type, 3, (from, to) => ((from * 2) + to) % 3);
            Exchange(group, type, 1, (from, to) => from == 0 ? 5 : 0);
            Exchange(group, type, 7, (_, _) => 0);
            Exchange(group, type, 1024, (from, to) => 20 + from - to);
        }
    }

    public static void Numbers_without_rows_are_rows_of_one(IProcessGroup group)
    {
        var counts_R = torch.tensor(Ranks(group).Select(to => (long)((group.Rank * 100) + to)).ToArray());
        var got_R = torch.empty_like(counts_R);
        long[] ones = [.. Ranks(group).Select(_ => 1L)];
        group.AllToAll(got_R, counts_R, ones, ones);
        Expect.Same(torch.tensor(Ranks(group).Select(from => (long)((from * 100) + group.Rank)).ToArray()), got_R, "counts");
    }

    public static void Everyone_has_what_the_root_had(IProcessGroup group)
    {
        foreach (var root in Ranks(group))
        {
            var values_N = Values(group.Rank, 301, torch.ScalarType.BFloat16);
            group.Broadcast(values_N, root);
            Expect.Same(Values(root, 301, torch.ScalarType.BFloat16), values_N, $"from {root}");
        }
        group.Broadcast(torch.empty(0), 0);
    }

    public static void Calls_under_way_end_in_any_order(IProcessGroup group)
    {
        Tensor[] values = [.. Enumerable.Range(0, 6).Select(i => Values(group.Rank, i % 2 == 0 ? 11 : 40_000 + i, torch.ScalarType.Float32))];
        var gathered_RN = torch.empty([group.Size, 4], torch.ScalarType.Int64);
        List<ICollective> begun = [.. values.Select(v => group.StartAllReduce(v, ReduceOp.Sum))];
        begun.Add(group.StartAllGather(gathered_RN, Filled(4, group.Rank, torch.ScalarType.Int64)));
        begun.Add(group.StartBarrier());
        // Not the same order on every rank.
        foreach (var call in group.Rank % 2 == 0 ? begun : Enumerable.Reverse(begun))
            call.Wait();
        begun[0].Wait();
        foreach (var value in values)
            Expect.Same(Sum(group.Size, value.shape[0], torch.ScalarType.Float32), value, "a sum under way");
        Expect.Same(torch.stack([.. Ranks(group).Select(r => Filled(4, r, torch.ScalarType.Int64))]), gathered_RN, "gathered under way");
    }

    public static void A_scope_may_end_before_the_call(IProcessGroup group)
    {
        var sum_N = torch.empty(50_000);
        ICollective call;
        using (torch.NewDisposeScope())
            call = group.StartReduceScatter(sum_N, Values(group.Rank, 50_000L * group.Size, torch.ScalarType.Float32), ReduceOp.Sum);
        call.Wait();
        Expect.Same(Sum(group.Size, 50_000L * group.Size, torch.ScalarType.Float32).narrow(0, 50_000L * group.Rank, 50_000).contiguous(), sum_N, "a sum");
    }

    public static void A_split_orders_by_key_and_then_by_rank(IProcessGroup group)
    {
        using (var part = group.Split(r => (r % 2, -r)))
        {
            int[] members = [.. Ranks(group).Where(r => r % 2 == group.Rank % 2).Reverse()];
            Expect.True(part.Size == members.Length && part.Rank == Array.IndexOf(members, group.Rank), $"rank {part.Rank} of {part.Size}");
            var all_R = torch.empty(part.Size, torch.ScalarType.Int64);
            part.AllGather(all_R, torch.tensor(new long[] { group.Rank }));
            Expect.Same(torch.tensor(members.Select(m => (long)m).ToArray()), all_R, "members");
            using var whole = part.Split(_ => (0, 0));
            Expect.True(whole.Size == part.Size && whole.Rank == part.Rank, "a part of a part");
        }
        using (var alone = group.Split(r => (r, 0)))
        {
            var value = torch.tensor(new[] { 2.5f });
            alone.AllReduce(value, ReduceOp.Sum);
            Expect.True(alone.Size == 1 && value.item<float>() == 2.5f, "alone");
        }
        group.Barrier();
    }

    public static void A_mistake_is_told_before_anything_is_sent(IProcessGroup group)
    {
        var four = torch.zeros(4);
        long[] none = new long[group.Size];
        Expect.Throws<InputException>(() => group.AllReduce(torch.zeros(4, torch.ScalarType.Int32), ReduceOp.Sum), "all-reduce", "int32", "float32, float64, bfloat16, int64");
        Expect.Throws<InputException>(() => group.AllReduce(torch.zeros(4, 3).t(), ReduceOp.Sum), "all-reduce", "[3, 4]", "contiguous");
        Expect.Throws<InputException>(() => group.AllGather(torch.zeros(group.Size * 4, torch.ScalarType.Float64), four), "all-gather", "float64", "float32");
        Expect.Throws<InputException>(() => group.AllGather(torch.zeros(group.Size * 4 + 1), four), "all-gather", $"expected {group.Size * 4}");
        Expect.Throws<InputException>(() => group.ReduceScatter(four, torch.zeros((group.Size * 4) + 1), ReduceOp.Sum), "reduce-scatter", $"expected {group.Size * 4}");
        Expect.Throws<InputException>(() => group.Broadcast(four, group.Size), "broadcast", $"rank {group.Size} does not exist");
        Expect.Throws<InputException>(() => group.AllToAll(torch.zeros(0, 2), torch.zeros(3, 2), none, none), "all-to-all", "[3, 2]", "expected 0 rows");
        Expect.Throws<InputException>(() => group.AllToAll(torch.zeros(0, 2), torch.zeros(0, 3), none, none), "all-to-all", "[0, 3] and [0, 2]");
        Expect.Throws<InputException>(() => group.AllToAll(torch.zeros(0), torch.zeros(0), none, [.. none, 0]), "all-to-all", $"{group.Size + 1} numbers");
        Expect.Throws<InputException>(() => group.AllToAll(torch.zeros(0), torch.zeros(0), none, [.. none[1..], -1]), "all-to-all", "-1 rows");
        long[] Own(int rows) => [.. Ranks(group).Select(r => r == group.Rank ? (long)rows : 0)];
        Expect.Throws<InputException>(() => group.AllToAll(torch.zeros(2), torch.zeros(1), Own(2), Own(1)), "all-to-all", $"rank {group.Rank} sends itself 1 rows and expects 2");
        Expect.Throws<InputException>(() => group.ReduceScatter(torch.zeros(8)[..1], torch.zeros(8)[..1].contiguous(), (ReduceOp)77), "reduce-scatter", "77");
        var shared = torch.zeros(group.Size * 4);
        Expect.Throws<InputException>(() => group.AllGather(shared, shared[..4]), "all-gather", "share memory");
        Expect.Throws<InputException>(() => group.Split(r => (-1, r)), "split", "colour -1");
        // The group is as it was.
        group.AllReduce(four, ReduceOp.Sum);
    }

    private static void Exchange(IProcessGroup group, torch.ScalarType type, int width, Func<int, int, int> rows)
    {
        Tensor Sent(int from, int to) => Values((from * 31) + to, rows(from, to) * width, type).view(rows(from, to), width);
        long[] outgoing = [.. Ranks(group).Select(to => (long)rows(group.Rank, to))], incoming = [.. Ranks(group).Select(from => (long)rows(from, group.Rank))];
        var got_NW = torch.empty([incoming.Sum(), width], type);
        group.AllToAll(got_NW, torch.cat([.. Ranks(group).Select(to => Sent(group.Rank, to))], 0), incoming, outgoing);
        Expect.Same(torch.cat([.. Ranks(group).Select(from => Sent(from, group.Rank))], 0), got_NW, $"rows of {width} {type}");
    }

    private static IEnumerable<int> Ranks(IProcessGroup group) => Enumerable.Range(0, group.Size);

    private static Tensor Filled(int size, double value, torch.ScalarType type) => torch.tensor(Enumerable.Repeat(value, size).ToArray()).to(type);

    // Large and small numbers of both signs: in another order the sum has other bits.
    private static Tensor Values(int rank, long size, torch.ScalarType type)
    {
        var values = new double[size];
        for (var i = 0L; i < size; i++)
        {
            var mixed = (((i + 1) * 2_654_435_761L) ^ ((rank + 1) * 40_503L * 65_537L)) & 0xFFFFFF;
            values[i] = (mixed - 0x7FFFFF) * Powers[mixed % Powers.Length];
        }
        return torch.tensor(values).to(type);
    }

    private static Tensor Sum(int ranks, long size, torch.ScalarType type)
    {
        var wide = type == torch.ScalarType.BFloat16 ? torch.ScalarType.Float32 : type;
        return Enumerable.Range(0, ranks).Select(r => Values(r, size, type).to(wide)).Aggregate((a, b) => a.add(b, Scalars.One)).to(type);
    }
}
