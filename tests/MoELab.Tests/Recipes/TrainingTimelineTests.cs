using FsCheck;
using FsCheck.Fluent;
using MoELab.Recipes.Lengths;

namespace MoELab.Tests.Recipes;

[Trait("bug", "steps-for-tokens")]
public sealed class TrainingTimelineTests
{
    [Fact]
    public void Steps_of_one_size_lie_evenly()
    {
        var timeline = Of(10, 100);
        Assert.Equal((1000, 0, 900, 1000), (timeline.TotalTokens, timeline.TokensBefore(1), timeline.TokensBefore(10), timeline.TokensBefore(11)));
        Assert.Equal([0, 0.5, 1], new[] { 1, 6, 11 }.Select(timeline.Progress));
    }

    [Theory]
    [InlineData("5", 5)]        // the fifth step
    [InlineData("400 tokens", 5)]  // begins at 400 tokens
    [InlineData("401 tokens", 6)]  // the first that begins after them
    public void The_batch_grows_where_it_is_told_to(string at, int first)
    {
        var timeline = Of(10, 100, (at, 400));
        Assert.Equal(first, Enumerable.Range(1, 10).First(s => timeline.TokensAt(s) == 400));
        Assert.Equal(((first - 1) * 100) + ((11 - first) * 400), timeline.TotalTokens);
    }

    // Half of the tokens at each size: 2 of 3 steps at the small one.
    [Fact]
    public void A_share_is_one_of_all_tokens()
    {
        var timeline = Of(300, 100, ("50%", 200));
        Assert.Equal((100, 200), (timeline.TokensAt(200), timeline.TokensAt(201)));
        Assert.Equal(40_000, timeline.TotalTokens);
    }

    [Fact]
    public void Lengths_and_places_lie_where_their_tokens_are()
    {
        var timeline = Of(10, 100, ("6", 300));
        Assert.Equal(2000, timeline.TotalTokens);
        Assert.Equal([200, 200, 500, 700], new Extent[] { "2 steps", "10%", "500 tokens", 700 / 2000.0 }.Select(e => timeline.FromStart(e)));
        Assert.Equal([600, 1800, 2000, 2000], new Extent[] { "2 steps", "90%", "5K", 1 }.Select(e => timeline.FromEnd(e, oneIsShare: true)));
        Assert.Equal([3, 6, 7, 8, 11], new Extent[] { 3, "25%", "501 tokens", 0.55, "5K" }.Select(timeline.FirstStep));
        Assert.Equal([2, 4, 6, 8, 10], Enumerable.Range(1, 10).Where(s => timeline.Completes(2, s)));
        Assert.Equal([5, 7, 9, 10], Enumerable.Range(1, 10).Where(s => timeline.Completes("25%", s)));
        Assert.Equal([4, 6, 8, 9, 10], Enumerable.Range(1, 10).Where(s => timeline.Completes("400 tokens", s)));
        Assert.DoesNotContain(Enumerable.Range(1, 10), s => timeline.Completes(0, s));
    }

    [Fact]
    public void A_change_under_way_keeps_what_was_read()
    {
        var timeline = Of(10, 100).Continue(new TrainingRecipe { Steps = 10, TokensPerStep = 300 }, 6);
        Assert.Equal((500, 800, 2000), (timeline.TokensBefore(6), timeline.TokensBefore(7), timeline.TotalTokens));
        var again = new TrainingTimeline(new TrainingRecipe { Steps = 10, TokensPerStep = 300 }, timeline.Past);
        Assert.Equal(Enumerable.Range(1, 11).Select(timeline.TokensBefore), Enumerable.Range(1, 11).Select(again.TokensBefore));
    }

    [Fact]
    public void Phases_take_their_lengths_and_share_what_is_left()
    {
        var timeline = Of(10, 100, ("6", 300));
        Assert.Equal([0.65, 0.8, 1], PhaseEnds.Of([new() { Share = 13 }, new() { Share = 3 }, new() { Share = 4 }], timeline), (a, b) => Math.Abs(a - b) < 1e-12);
        // 400 tokens; then three steps from the fifth on (100, 300, 300); then the rest.
        Assert.Equal([0.2, 0.55, 1], PhaseEnds.Of([new() { Length = "400 tokens" }, new() { Length = 3 }, new()], timeline), (a, b) => Math.Abs(a - b) < 1e-12);
        Assert.Contains("leaves nothing", Assert.Throws<InputException>(() => PhaseEnds.Of([new() { Length = "3K" }, new()], timeline)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Any_timeline_adds_up()
    {
        var entry = from kind in Gen.Choose(0, 2)
                    from at in Gen.Choose(1, 100)
                    from size in Gen.Choose(1, 9)
                    select (At: kind switch { 0 => $"{at}", 1 => $"{at * 60} tokens", _ => $"{Math.Min(99, at)}%" }, Tokens: size * 100L);
        var cases = from steps in Gen.Choose(1, 90) from entries in Gen.ListOf(entry, 3) select (steps, entries);
        Prop.ForAll(cases.ToArbitrary(), c =>
        {
            var timeline = Of(c.steps, 100, [.. c.entries.DistinctBy(e => e.At)]);
            var sizes = Enumerable.Range(1, c.steps).Select(timeline.TokensAt).ToArray();
            return sizes.Sum() == timeline.TotalTokens && sizes.All(s => s > 0)
                && Enumerable.Range(1, c.steps).All(s => timeline.TokensBefore(s + 1) - timeline.TokensBefore(s) == sizes[s - 1]);
        }).QuickCheckThrowOnFailure();
    }

    private static TrainingTimeline Of(int steps, long tokens, params (string At, long Tokens)[] batches) =>
        new(new TrainingRecipe { Steps = steps, TokensPerStep = tokens, BatchSteps = batches.ToDictionary(b => b.At, b => b.Tokens) });
}
