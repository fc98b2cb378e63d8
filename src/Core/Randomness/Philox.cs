using System.Buffers.Binary;
using System.Runtime.Intrinsics;
using System.Security.Cryptography;

namespace MoELab.Randomness;

/// <summary>
/// Counter-based randomness (Philox4x32-10, Salmon et al., SC 2011), keyed by seed, purpose, name and step: what a stream
/// holds depends on its key alone, never on the order in which streams are made or on the number of ranks.
/// </summary>
public sealed class Philox
{
    private readonly uint _key0, _key1;
    private readonly ulong _stream;
    private ulong _block;
    private int _used = 4;
    private readonly uint[] _words = new uint[4];

    /// <summary>A stream for one purpose.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="purpose">What the numbers are for, such as <c>init</c>.</param>
    /// <param name="name">Which thing, such as a parameter's name.</param>
    /// <param name="step">Which step, 0 where it does not apply.</param>
    public Philox(long seed, string purpose, string name = "", long step = 0)
    {
        var text = Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}\n{purpose}\n{name}\n{step}"));
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(text, hash);
        _key0 = BinaryPrimitives.ReadUInt32LittleEndian(hash);
        _key1 = BinaryPrimitives.ReadUInt32LittleEndian(hash[4..]);
        _stream = BinaryPrimitives.ReadUInt64LittleEndian(hash[8..]);
    }

    /// <summary>How many 32-bit words were drawn; set it to continue a stream where it stood.</summary>
    public ulong Position
    {
        get => (_block * 4) - (ulong)(4 - _used);
        set
        {
            _block = value / 4;
            _used = 4;
            if (value % 4 == 0)
                return;
            Fill();
            _used = (int)(value % 4);
        }
    }

    /// <summary>The next 32 random bits.</summary>
    public uint NextUInt()
    {
        if (_used == 4)
            Fill();
        return _words[_used++];
    }

    /// <summary>A whole number from 0 up to, not including, <paramref name="bound"/>; without bias (Lemire 2019).</summary>
    public int NextInt(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(bound, 1);
        var product = (ulong)NextUInt() * (uint)bound;
        var low = (uint)product;
        if (low < (uint)bound)
        {
            var floor = (uint)(-bound) % (uint)bound;
            while (low < floor)
            {
                product = (ulong)NextUInt() * (uint)bound;
                low = (uint)product;
            }
        }
        return (int)(product >> 32);
    }

    /// <summary>A number from 0 up to, not including, 1, with 53 random bits.</summary>
    public double NextDouble() => ((((ulong)NextUInt() << 32) | NextUInt()) >> 11) * (1.0 / (1UL << 53));

    /// <summary>A standard normal number (Box–Muller; always two uniform numbers, so that positions stay aligned).</summary>
    public double NextNormal()
    {
        var radius = Math.Sqrt(-2 * Math.Log(1 - NextDouble()));
        return radius * Math.Cos(2 * Math.PI * NextDouble());
    }

    /// <summary>
    /// Fills with standard normal numbers in float32, several at a time: other numbers than <see cref="NextNormal"/> would give. Each block of four
    /// words gives four numbers (Box–Muller on 24 random bits each, so that none lies beyond 5.8), whatever was drawn before within it.
    /// </summary>
    public void NextNormals(Span<float> values)
    {
        _used = 4;
        const int Batch = 256;
        Span<float> radius = stackalloc float[Batch], angle = stackalloc float[Batch], drawn = stackalloc float[2 * Batch];
        for (var done = 0; done < values.Length; done += 2 * Batch)
        {
            for (var i = 0; i < Batch; i += 2)
            {
                Fill();
                // From 2^-24 to 1, whose logarithm is finite.
                (radius[i], angle[i]) = (((_words[0] >> 8) + 1) * (1f / (1 << 24)), (_words[1] >> 8) * (1f / (1 << 24)));
                (radius[i + 1], angle[i + 1]) = (((_words[2] >> 8) + 1) * (1f / (1 << 24)), (_words[3] >> 8) * (1f / (1 << 24)));
            }
            for (var i = 0; i < Batch; i += Vector256<float>.Count)
            {
                var r = Vector256.Sqrt(-2 * Vector256.Log(Vector256.Create<float>(radius[i..])));
                var (sin, cos) = Vector256.SinCos(2 * MathF.PI * Vector256.Create<float>(angle[i..]));
                (r * cos).CopyTo(drawn[i..]);
                (r * sin).CopyTo(drawn[(Batch + i)..]);
            }
            drawn[..Math.Min(drawn.Length, values.Length - done)].CopyTo(values[done..]);
        }
        _used = 4;
    }

    /// <summary>Shuffles in place (Fisher–Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = NextInt(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private void Fill()
    {
        uint c0 = (uint)_block, c1 = (uint)(_block >> 32), c2 = (uint)_stream, c3 = (uint)(_stream >> 32), k0 = _key0, k1 = _key1;
        for (var round = 0; round < 10; round++)
        {
            var p0 = (ulong)0xD2511F53 * c0;
            var p1 = (ulong)0xCD9E8D57 * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        (_words[0], _words[1], _words[2], _words[3]) = (c0, c1, c2, c3);
        _block++;
        _used = 0;
    }
}
