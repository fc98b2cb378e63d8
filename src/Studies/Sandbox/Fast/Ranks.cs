using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoELab.Studies.Sandbox.Fast;

/// <summary>How many values come before each: those that are larger, or equal and earlier. Without branches, and negative, as comparisons are.</summary>
internal static unsafe class Ranks
{
    /// <summary>Minus how many of the eight come before each of them.</summary>
    /// <param name="own">The values.</param>
    /// <param name="values">The same in memory, where one of them can be loaded into every lane.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Within(Vector256<float> own, float* values)
    {
        // Of two equal ones the earlier comes first: the lanes after a value's own, in which it wins a tie.
        var rank = Before(own, values[0], Vector256.Create(0, -1, -1, -1, -1, -1, -1, -1))
            + Before(own, values[1], Vector256.Create(0, 0, -1, -1, -1, -1, -1, -1));
        var more = Before(own, values[2], Vector256.Create(0, 0, 0, -1, -1, -1, -1, -1))
            + Before(own, values[3], Vector256.Create(0, 0, 0, 0, -1, -1, -1, -1));
        rank += Before(own, values[4], Vector256.Create(0, 0, 0, 0, 0, -1, -1, -1))
            + Before(own, values[5], Vector256.Create(0, 0, 0, 0, 0, 0, -1, -1));
        more += Before(own, values[6], Vector256.Create(0, 0, 0, 0, 0, 0, 0, -1)) + Before(own, values[7], Vector256<int>.Zero);
        return rank + more;
    }

    /// <summary>Minus how many of eight others come before each value.</summary>
    /// <param name="own">The values.</param>
    /// <param name="others">The others.</param>
    /// <param name="earlier">Whether they are the earlier ones, which win ties.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Against(Vector256<float> own, float* others, bool earlier)
    {
        var ties = earlier ? Vector256<int>.AllBitsSet : Vector256<int>.Zero;
        var rank = Before(own, others[0], ties) + Before(own, others[1], ties);
        var more = Before(own, others[2], ties) + Before(own, others[3], ties);
        rank += Before(own, others[4], ties) + Before(own, others[5], ties);
        more += Before(own, others[6], ties) + Before(own, others[7], ties);
        return rank + more;
    }

    // -1 where the one is larger, or equal and wins.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Before(Vector256<float> own, float one, Vector256<int> wins)
    {
        var all = Vector256.Create(one);
        return Vector256.GreaterThan(all, own).AsInt32() | (Vector256.Equals(all, own).AsInt32() & wins);
    }
}
