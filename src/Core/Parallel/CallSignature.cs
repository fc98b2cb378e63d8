namespace MoELab.Parallel;

/// <summary>What ranks must agree about, as numbers that travel; rows of an all-to-all are those for and from one other rank.</summary>
internal readonly struct CallSignature(long[] numbers)
{
    private const int Fixed = 8;
    private const int MostDimensions = 8;

    /// <summary>Numbers of a signature.</summary>
    public const int Length = Fixed + MostDimensions;

    /// <summary>sequence, kind, op, root, type, rows sent, rows expected, dimensions; then the shape.</summary>
    public long[] Numbers { get; } = numbers;

    public static CallSignature Of(Collective call, long sequence, int peer)
    {
        var numbers = new long[Length];
        long[] shape = call.Kind switch
        {
            CollectiveKind.Barrier => [],
            CollectiveKind.Split => [call.Places!.Fingerprint()],
            CollectiveKind.AllToAll => [.. call.Input!.shape.Skip(1)],
            CollectiveKind.ReduceScatter => call.Output!.shape,
            _ => call.Input!.shape,
        };
        if (shape.Length > MostDimensions)
            shape = [shape.Aggregate(1L, (a, b) => a * b)];
        (numbers[0], numbers[1], numbers[2], numbers[3]) = (sequence, (long)call.Kind, (long)call.Op, call.Root);
        numbers[4] = call.Input is null ? 0 : (long)call.Type;
        if (call.Kind == CollectiveKind.AllToAll)
            (numbers[5], numbers[6]) = (call.InputRows[peer], call.OutputRows[peer]);
        numbers[7] = shape.Length;
        shape.CopyTo(numbers, Fixed);
        return new CallSignature(numbers);
    }

    /// <summary>A sentence about how two ranks' calls differ; null where they belong together.</summary>
    public static string? Difference(int rank, CallSignature one, int other, CallSignature two)
    {
        if (!one.Common().SequenceEqual(two.Common()))
        {
            return (CollectiveKind)one.Numbers[1] == CollectiveKind.Split && (CollectiveKind)two.Numbers[1] == CollectiveKind.Split
                ? $"call {one.Numbers[0]} of the group: ranks {rank} and {other} place the ranks of a split differently"
                : $"call {one.Numbers[0]} of the group: rank {rank} calls {one}, rank {other} calls {two}{(one.Numbers[0] == two.Numbers[0] ? "" : $", its call {two.Numbers[0]}")}";
        }
        return RowDifference(rank, one, other, two) ?? RowDifference(other, two, rank, one);
    }

    /// <summary>Sizes as they stand in a shape.</summary>
    public static string Shape(IEnumerable<long> shape) => $"[{string.Join(", ", shape)}]";

    public override string ToString()
    {
        var shape = Numbers.Skip(Fixed).Take((int)Numbers[7]);
        var kind = (CollectiveKind)Numbers[1];
        var name = CollectiveRules.NameOf(kind);
        var type = CollectiveRules.NameOf((torch.ScalarType)Numbers[4]);
        return kind switch
        {
            CollectiveKind.Barrier or CollectiveKind.Split => name,
            CollectiveKind.AllReduce => $"{name} ({OpName()}) of {type} {Shape(shape)}",
            CollectiveKind.ReduceScatter => $"{name} ({OpName()}) into {type} {Shape(shape)}",
            CollectiveKind.AllToAll => $"{name} of {type} rows {Shape(shape)}",
            CollectiveKind.Broadcast => $"{name} from rank {Numbers[3]} of {type} {Shape(shape)}",
            _ => $"{name} of {type} {Shape(shape)}",
        };
    }

    private IEnumerable<long> Common() => Numbers.Where((_, i) => i is not (5 or 6));

    private string OpName() => ((ReduceOp)Numbers[2]).ToString().ToLowerInvariant();

    private static string? RowDifference(int from, CallSignature sent, int to, CallSignature expected) => sent.Numbers[5] == expected.Numbers[6] ? null
        : $"call {sent.Numbers[0]} of the group: in the {sent}, rank {from} sends {sent.Numbers[5]} rows to rank {to}, which expects {expected.Numbers[6]}";
}
