using FsCheck;
using FsCheck.Fluent;
using MoELab.Randomness;
using MoELab.Routing.Metrics;

namespace MoELab.Tests.Routing;

public sealed class SpecialisationMetricsTests
{
    [Fact]
    public void Tables_have_their_defined_values()
    {
        long[,] table = { { 3, 1 }, { 1, 3 } };
        Assert.Equal(6 / 8.0, SpecialisationMetrics.Purity(table));
        // Both entropies are one bit, and an expert leaves H(1/4) of it open.
        Assert.Equal(1 + (0.25 * Math.Log2(0.25)) + (0.75 * Math.Log2(0.75)), SpecialisationMetrics.NormalisedMutualInformation(table), 1e-12);
        Assert.Equal((4 + 3 + 2) / 12.0, SpecialisationMetrics.Purity(new long[,] { { 4, 0, 2 }, { 1, 3, 2 } }), 1e-12);
        // An expert each for two domains, two for the third: the expert tells the domain, so I = H(d), with two domains of 2/8 and one of 4/8.
        Assert.Equal(1.5 / Math.Sqrt(1.5 * 2), SpecialisationMetrics.NormalisedMutualInformation(new long[,] { { 2, 0, 0, 0 }, { 0, 2, 0, 0 }, { 0, 0, 2, 2 } }), 1e-12);
    }

    [Fact]
    public void What_says_nothing_is_not_a_number()
    {
        Assert.True(double.IsNaN(SpecialisationMetrics.NormalisedMutualInformation(new long[,] { { 4, 0 }, { 7, 0 } })));
        Assert.True(double.IsNaN(SpecialisationMetrics.NormalisedMutualInformation(new long[,] { { 4, 3 } })));
        Assert.True(double.IsNaN(SpecialisationMetrics.Purity(new long[2, 2])));
    }

    [Fact]
    public void Information_is_0_where_domains_route_alike_and_1_where_each_has_its_expert() =>
        Prop.ForAll(Sizes(2, 6).ToArbitrary(), Sizes(2, 6).ToArbitrary(), (ofDomain, ofExpert) =>
        {
            var alike = Table(ofDomain.Length, ofExpert.Length, (d, e) => (long)ofDomain[d] * ofExpert[e]);
            Assert.Equal(0, SpecialisationMetrics.NormalisedMutualInformation(alike), 1e-12);
            Assert.Equal((double)ofDomain.Max() / ofDomain.Sum(), SpecialisationMetrics.Purity(alike), 1e-12);
            var own = Table(ofDomain.Length, ofDomain.Length, (d, e) => e == (d + 1) % ofDomain.Length ? ofDomain[d] : 0);
            Assert.Equal((1, 1), (SpecialisationMetrics.Purity(own), Math.Round(SpecialisationMetrics.NormalisedMutualInformation(own), 12)));
        }).QuickCheckThrowOnFailure();

    [Fact]
    public void Any_table_lies_between_and_does_not_care_for_names() => Prop.ForAll(Tables().ToArbitrary(), table =>
    {
        var (domains, experts) = (table.GetLength(0), table.GetLength(1));
        var (purity, information) = (SpecialisationMetrics.Purity(table), SpecialisationMetrics.NormalisedMutualInformation(table));
        Assert.InRange(purity, Sums(table, 0).Max() / (double)table.Cast<long>().Sum(), 1);
        Assert.InRange(information, 0, 1);
        var renamed = Table(domains, experts, (d, e) => table[domains - 1 - d, (e + 1) % experts]);
        Assert.Equal(purity, SpecialisationMetrics.Purity(renamed));
        Assert.Equal(information, SpecialisationMetrics.NormalisedMutualInformation(renamed), 1e-12);
        Assert.Equal(information, SpecialisationMetrics.NormalisedMutualInformation(Table(experts, domains, (e, d) => table[d, e])), 1e-12);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_permutation_keeps_every_sum() => Prop.ForAll(Tables().ToArbitrary(), table =>
    {
        var permuted = SpecialisationMetrics.Permuted(table, new Philox(1, "test"));
        Assert.Equal(Sums(table, 0), Sums(permuted, 0));
        Assert.Equal(Sums(table, 1), Sums(permuted, 1));
        Assert.True(permuted.Cast<long>().Min() >= 0);
        Assert.Equal(SpecialisationMetrics.Control(table, 5, 1), SpecialisationMetrics.Control(table, 5, 1));
    }).QuickCheckThrowOnFailure();

    // The oracle permutes the domains of single choices.
    [Fact]
    public void Permuted_tables_are_as_frequent_as_those_of_shuffled_choices()
    {
        long[,] table = { { 3, 0, 1 }, { 0, 2, 1 } };
        var choices = (from d in Enumerable.Range(0, 2) from e in Enumerable.Range(0, 3) from i in Enumerable.Range(0, (int)table[d, e]) select (d, e)).ToArray();
        const int Times = 20_000;
        var random = new Philox(2, "shuffles");
        string Name(long[,] t) => string.Join(' ', t.Cast<long>());
        var ours = Enumerable.Range(0, Times).Select(_ => Name(SpecialisationMetrics.Permuted(table, random))).CountBy(n => n).ToDictionary();
        var shuffled = Enumerable.Range(0, Times).Select(_ =>
        {
            var domains = choices.Select(c => c.d).OrderBy(_ => random.NextDouble()).ToArray();
            var drawn = new long[2, 3];
            foreach (var (i, choice) in choices.Index())
                drawn[domains[i], choice.e]++;
            return Name(drawn);
        }).CountBy(n => n).ToDictionary();
        Assert.All(ours.Keys.Union(shuffled.Keys), name => Assert.InRange(ours.GetValueOrDefault(name) - shuffled.GetValueOrDefault(name), -Times / 50, Times / 50));
    }

    [Theory, InlineData(10, 4, 5), InlineData(7, 7, 3), InlineData(1000, 400, 30), InlineData(3_000_000, 700_000, 90_000)]
    public void A_draw_has_the_mean_and_spread_of_its_distribution(long pool, long marked, long drawn)
    {
        var random = new Philox(3, "draws");
        var draws = Enumerable.Range(0, 4000).Select(_ => (double)SpecialisationMetrics.Hypergeometric(pool, marked, drawn, random.NextDouble())).ToArray();
        var share = (double)marked / pool;
        var variance = drawn * share * (1 - share) * (pool - drawn) / (pool - 1);
        Assert.Equal(drawn * share, draws.Average(), 5 * Math.Sqrt(variance / draws.Length) + 1e-12);
        var mean = draws.Average();
        Assert.InRange(draws.Average(v => (v - mean) * (v - mean)), 0.85 * variance, 1.15 * variance);
    }

    [Fact]
    public void Only_specialisation_exceeds_its_control()
    {
        var random = new Philox(4, "tables");
        var chance = Table(4, 16, (_, _) => 60 + random.NextInt(9));
        var own = Table(4, 16, (d, e) => e / 4 == d ? 250 : 2);
        var (ofChance, ofOwn) = (SpecialisationMetrics.Control(chance, 1, 0), SpecialisationMetrics.Control(own, 1, 0));
        Assert.InRange(ofOwn.NormalisedMutualInformation, 0, 0.02);
        Assert.True(SpecialisationMetrics.NormalisedMutualInformation(own) > 0.6);
        Assert.True(SpecialisationMetrics.Purity(own) > 2 * ofOwn.Purity);
        Assert.InRange(SpecialisationMetrics.NormalisedMutualInformation(chance), 0, ofChance.NormalisedMutualInformation);
        Assert.InRange(ofChance.Purity, 0.25, 0.35);
        Assert.NotEqual(ofChance, SpecialisationMetrics.Control(chance, 2, 0));
        Assert.NotEqual(ofChance, SpecialisationMetrics.Control(chance, 1, 1));
    }

    private static long[,] Table(int domains, int experts, Func<int, int, long> of)
    {
        var table = new long[domains, experts];
        for (var d = 0; d < domains; d++)
        {
            for (var e = 0; e < experts; e++)
                table[d, e] = of(d, e);
        }
        return table;
    }

    private static long[] Sums(long[,] table, int dimension) => [.. Enumerable.Range(0, table.GetLength(dimension))
        .Select(i => Enumerable.Range(0, table.GetLength(1 - dimension)).Sum(j => dimension == 0 ? table[i, j] : table[j, i]))];

    private static Gen<int[]> Sizes(int least, int most) =>
        from count in Gen.Choose(least, most)
        from sizes in Gen.Choose(1, 500).ArrayOf(count)
        select sizes;

    // No domain and no expert is empty but for the first two of each, so that both entropies are above 0.
    private static Gen<long[,]> Tables() =>
        from domains in Gen.Choose(2, 5)
        from experts in Gen.Choose(2, 12)
        from counts in Gen.Choose(0, 300).ArrayOf(domains * experts)
        select Table(domains, experts, (d, e) => counts[(d * experts) + e] + (d == e && d < 2 ? 1 : 0));
}
