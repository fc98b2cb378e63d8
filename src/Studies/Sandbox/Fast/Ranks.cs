using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace MoELab.Studies.Sandbox.Fast;

/// <summary>How many values come before each: those that are larger, or equal and earlier. Without branches.</summary>
internal static unsafe class Ranks
{
    /// <summary>Minus how many other lanes come before each lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> Within(Vector256<float> own)
    {
        // Lane i sees lane i + r; where that turns around, the other is the earlier one and wins a tie.
        var rank = Larger(own, Vector256.Create(1, 2, 3, 4, 5, 6, 7, 0), Vector256.Create(0, 0, 0, 0, 0, 0, 0, -1));
        rank += Larger(own, Vector256.Create(2, 3, 4, 5, 6, 7, 0, 1), Vector256.Create(0, 0, 0, 0, 0, 0, -1, -1));
        rank += Larger(own, Vector256.Create(3, 4, 5, 6, 7, 0, 1, 2), Vector256.Create(0, 0, 0, 0, 0, -1, -1, -1));
        rank += Larger(own, Vector256.Create(4, 5, 6, 7, 0, 1, 2, 3), Vector256.Create(0, 0, 0, 0, -1, -1, -1, -1));
        rank += Larger(own, Vector256.Create(5, 6, 7, 0, 1, 2, 3, 4), Vector256.Create(0, 0, 0, -1, -1, -1, -1, -1));
        rank += Larger(own, Vector256.Create(6, 7, 0, 1, 2, 3, 4, 5), Vector256.Create(0, 0, -1, -1, -1, -1, -1, -1));
        return rank + Larger(own, Vector256.Create(7, 0, 1, 2, 3, 4, 5, 6), Vector256.Create(0, -1, -1, -1, -1, -1, -1, -1));
    }

    // -1 where the other lane comes before.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<int> Larger(Vector256<float> own, Vector256<int> turn, Vector256<int> earlier)
    {
        var other = Vector256.ShuffleNative(own, turn);
        return Vector256.GreaterThan(other, own).AsInt32() | (Vector256.Equals(other, own).AsInt32() & earlier);
    }

    /// <summary>Minus how many of eight others come before each lane; <paramref name="earlier"/> ones win ties.</summary>
    public static Vector256<int> Against(Vector256<float> own, float* other, bool earlier)
    {
        var rank = Vector256<int>.Zero;
        for (var i = 0; i < Vector256<float>.Count; i++)
        {
            var one = Vector256.Create(other[i]);
            rank += (earlier ? Vector256.GreaterThanOrEqual(one, own) : Vector256.GreaterThan(one, own)).AsInt32();
        }
        return rank;
    }
}
