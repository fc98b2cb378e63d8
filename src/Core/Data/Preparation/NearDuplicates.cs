using System.Numerics;

namespace MoELab.Data.Preparation;

/// <summary>
/// Finds documents that are nearly equal to an earlier one: one-permutation MinHash (Li et al. 2012) over windows of 12 characters, 64 bins,
/// looked up by 16 bands of 4; two documents are near-duplicates when at least 80% of their bins agree.
/// </summary>
internal sealed class NearDuplicates
{
    private const int Window = 12;
    private const int Bins = 64;
    private const int Bands = 16;
    private const double Threshold = 0.8;
    private readonly Dictionary<(int, ulong), List<int>> _bands = [];
    private readonly List<uint[]> _signatures = [];

    /// <summary>Adds the document with this signature and returns true if it is new.</summary>
    public bool Add(uint[] signature)
    {
        if (Contains(signature))
            return false;
        for (var b = 0; b < Bands; b++)
        {
            var key = (b, Key(signature, b));
            if (!_bands.TryGetValue(key, out var list))
                _bands[key] = list = [];
            // A band shared by very many documents says little about any of them.
            if (list.Count < 64)
                list.Add(_signatures.Count);
        }
        _signatures.Add(signature);
        return true;
    }

    /// <summary>Whether an earlier document is nearly equal to this one.</summary>
    public bool Contains(uint[] signature) => Enumerable.Range(0, Bands).Any(b => _bands.TryGetValue((b, Key(signature, b)), out var candidates)
        && candidates.Exists(c => Agreement(signature, _signatures[c]) >= Threshold));

    private static ulong Key(uint[] signature, int band)
    {
        var key = 0UL;
        for (var i = 0; i < Bins / Bands; i++)
            key = Mix(key ^ signature[(band * Bins / Bands) + i]);
        return key;
    }

    /// <summary>The document's signature, the same on every machine.</summary>
    public static uint[] Sign(string text)
    {
        var bins = new uint[Bins];
        Array.Fill(bins, uint.MaxValue);
        const ulong Base = 0x100000001B3;
        var oldest = Enumerable.Repeat(Base, Window).Aggregate((a, b) => a * b);
        var rolling = 0UL;
        for (var i = 0; i < text.Length; i++)
        {
            rolling = (rolling * Base) + text[i] + 1;
            if (i >= Window)
                rolling -= oldest * (text[i - Window] + 1UL);
            if (i < Window - 1 && i < text.Length - 1)
                continue;
            var hash = Mix(rolling);
            var bin = (int)(hash & (Bins - 1));
            bins[bin] = Math.Min(bins[bin], (uint)(hash >> 32));
        }
        // An empty bin borrows from the next filled one, so that short documents compare too (Shrivastava and Li 2014).
        var filled = bins.ToArray();
        for (var b = 0; b < Bins; b++)
        {
            for (var step = 1; filled[b] == uint.MaxValue && step < Bins; step++)
            {
                if (bins[(b + step) % Bins] != uint.MaxValue)
                    filled[b] = bins[(b + step) % Bins] + (uint)step;
            }
        }
        return filled;
    }

    private static double Agreement(uint[] a, uint[] b)
    {
        var equal = 0;
        for (var i = 0; i < Bins; i++)
            equal += a[i] == b[i] ? 1 : 0;
        return (double)equal / Bins;
    }

    /// <summary>Spreads a hash over all 64 bits.</summary>
    internal static ulong Mix(ulong x)
    {
        x ^= x >> 33;
        x *= 0xff51afd7ed558ccd;
        x ^= x >> 33;
        x *= 0xc4ceb9fe1a85ec53;
        return BitOperations.RotateLeft(x ^ (x >> 33), 17);
    }
}
