using FsCheck;
using FsCheck.Fluent;

namespace MoELab.Tests.Studies.Statistics;

/// <summary>Random samples for properties, and the sentence of a refusal.</summary>
internal static class Samples
{
    /// <summary>Two to nine pairs; multiples of 1/64, so that sums are exact.</summary>
    public static Arbitrary<(double[] A, double[] B)> Pairs =>
        (from n in Gen.Choose(2, 9)
         from a in Values(n)
         from b in Values(n)
         select (a, b)).ToArbitrary();

    public static Gen<double[]> Values(int n) => Gen.Choose(-200, 200).Select(v => v / 64.0).ArrayOf(n);

    public static void Refused(string sentence, Func<object?> call) => Assert.Equal(sentence, Assert.Throws<InputException>(call).Message);
}
