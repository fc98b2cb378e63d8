using System.Collections.Concurrent;

namespace MoELab.Interop.Torch;

/// <summary>
/// Numbers for torch's operations that stay alive while they are used. TorchSharp (0.107) passes the native handle of a <see cref="Scalar"/> to libtorch
/// and lets go of the object, so a number that is converted for one call alone (<c>x * 0.5</c>, and the <c>alpha</c> of <c>a + b</c>) can be finalized
/// while libtorch reads it. The build rejects such conversions in <c>src</c> (<c>src/BannedSymbols.txt</c>), and a test what it does not know of.
/// </summary>
public static class Scalars
{
    private static readonly ConcurrentDictionary<long, Scalar> Doubles = new();
    private static readonly ConcurrentDictionary<long, Scalar> Longs = new();

    /// <summary>The integer 0.</summary>
    public static Scalar Zero { get; } = Of(0);

    /// <summary>The integer 1; also the <c>alpha</c> of a sum of tensors: <c>a.add(b, Scalars.One)</c>.</summary>
    public static Scalar One { get; } = Of(1);

    /// <summary>The integer 2.</summary>
    public static Scalar Two { get; } = Of(2);

    /// <summary>How many numbers are kept.</summary>
    internal static int Count => Doubles.Count + Longs.Count;

    /// <summary>
    /// A constant, such as an option: made once per process and never freed. A number that differs from step to step would stay for nothing; it is
    /// for <see cref="Once(double)"/>. Do not dispose it.
    /// </summary>
    // By its bits, because 0 equals -0.
    public static Scalar Of(double value) => Doubles.GetOrAdd(BitConverter.DoubleToInt64Bits(value), static bits => Once(BitConverter.Int64BitsToDouble(bits)));

    /// <summary>The same for an integer, which leaves integer tensors integer.</summary>
    public static Scalar Of(long value) => Longs.GetOrAdd(value, static value => Once(value));

#pragma warning disable RS0030 // The one place that makes them.
    /// <summary>A number for some calls, alive until it is disposed: <c>using var rate = Scalars.Once(learningRate);</c>.</summary>
    public static Scalar Once(double value) => value.ToScalar();

    /// <summary>The same for an integer.</summary>
    public static Scalar Once(long value) => value.ToScalar();
#pragma warning restore RS0030
}
