using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using MoELab.Studies.Sandbox.Streams;

namespace MoELab.Studies.Sandbox.Fast;

/// <summary>The experts that a token may choose: one comparison of 16-bit numbers each.</summary>
internal static unsafe class Candidates
{
    private const int Word = ScoreStream.Word;

    /// <summary>Writes the experts whose noise exceeds their cut, in ascending order, and returns how many there are.</summary>
    /// <param name="row">A token's noise.</param>
    /// <param name="cuts">The cuts.</param>
    /// <param name="words">Words of 64 experts in both.</param>
    /// <param name="found">Where to; four numbers beyond the last may be written too.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Of(short* row, short* cuts, int words, int* found)
    {
        var n = 0;
        for (var word = 0; word < words; word++)
        {
            short* x = row + (word * Word), cut = cuts + (word * Word);
            var bits = Passing(x, cut) | ((ulong)Passing(x + 32, cut + 32) << 32);
            var (passed, to) = (BitOperations.PopCount(bits), (nint)(found + n));
            // A word has few. Four places are written whether there are as many or not: a branch would be guessed wrong more often.
            for (var slot = 0; slot < 4; slot++)
            {
                ((int*)to)[slot] = (word * Word) + BitOperations.TrailingZeroCount(bits);
                bits &= bits - 1;
            }
            for (var slot = 4; slot < passed; slot++)
            {
                ((int*)to)[slot] = (word * Word) + BitOperations.TrailingZeroCount(bits);
                bits &= bits - 1;
            }
            n += passed;
        }
        return n;
    }

    // One bit for each of 32 experts.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Passing(short* row, short* cut)
    {
        var (low, high) = (Exceeds(row, cut), Exceeds(row + 16, cut + 16));
        if (!Avx2.IsSupported)
            return low.ExtractMostSignificantBits() | (high.ExtractMostSignificantBits() << 16);
        // Halves of a vector are packed each by itself, so quarters end in this order.
        return Avx2.Permute4x64(Avx2.PackSignedSaturate(low, high).AsInt64(), 0b11_01_10_00).AsByte().ExtractMostSignificantBits();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<short> Exceeds(short* row, short* cut) => Vector256.GreaterThan(Vector256.Load(row), Vector256.Load(cut));
}
