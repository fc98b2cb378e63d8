using MoELab.Runs.Control;

namespace MoELab.Tests.Runs;

public sealed class AlertRuleTests
{
    private static int[] Fired(string rule, params double?[] values)
    {
        var alert = AlertRule.Parse(rule);
        return [.. values.Select((v, i) => (Step: i + 1, Fired: alert.Observe(i + 1, v is null ? [] : new Dictionary<string, double> { [alert.Metric] = v.Value })))
            .Where(x => x.Fired).Select(x => x.Step)];
    }

    [Fact]
    public void A_rule_is_read_with_its_alias()
    {
        var rule = AlertRule.Parse(" maxvio>2 for 50 steps , pause ");
        Assert.Equal(("max_vio/max", ">", 2.0, 50, true), (rule.Metric, rule.Comparison, rule.Threshold, rule.Steps, rule.Pause));
        var plain = AlertRule.Parse("loss/domain/code >= 1e1");
        Assert.Equal(("loss/domain/code", ">=", 10.0, 1, false), (plain.Metric, plain.Comparison, plain.Threshold, plain.Steps, plain.Pause));
    }

    [Fact]
    public void It_fires_once_after_enough_steps_in_a_row_and_again_after_a_break() =>
        Assert.Equal([8, 13], Fired("MaxVio > 2 for 3 steps", 3, 3, 1, 3, 0, 3, 3, 3, 3, 1, 3, 3, 3));

    [Theory]
    [InlineData("loss > 2", new[] { 2.0, 2.1 }, 2)]
    [InlineData("loss >= 2", new[] { 1.9, 2.0 }, 2)]
    [InlineData("loss < 2", new[] { 2.0, 1.9 }, 2)]
    [InlineData("loss <= 2", new[] { 2.1, 2.0 }, 2)]
    [InlineData("loss == 2", new[] { 2.1, 2.0 }, 2)]
    [InlineData("loss != 2", new[] { 2.0, 2.1 }, 2)]
    public void Every_operator_compares(string rule, double[] values, int step) =>
        Assert.Equal([step], Fired(rule, [.. values.Select(v => (double?)v)]));

    [Fact]
    public void A_step_without_the_metric_changes_nothing_and_NaN_does_not_hold()
    {
        Assert.Equal([4], Fired("loss > 1 for 2 steps", 2, null, null, 2));
        Assert.Equal([], Fired("loss > 1 for 2 steps", 2, double.NaN, 2));
    }

    // Logged every second step from 2 on: it has held from 2 to 6, five steps, when it is seen the third time.
    [Theory]
    [InlineData("loss > 0.1 for 4 steps", 1, 8, new[] { 4 })]
    [InlineData("loss > 0.1 for 4 steps", 2, 8, new[] { 6 })]
    [InlineData("loss > 0.1 for 100 steps", 50, 300, new[] { 150 })]
    [InlineData("loss > 0.1 for 3 steps", 2, 8, new[] { 4 })]
    public void A_rule_counts_steps_where_the_metric_is_logged_at_some(string rule, int every, int steps, int[] fired) =>
        Assert.Equal(fired, Fired(rule, [.. Enumerable.Range(1, steps).Select(s => s % every == 0 ? 0.5 : (double?)null)]));

    [Fact]
    public void A_value_that_does_not_hold_begins_the_count_anew() =>
        Assert.Equal([12], Fired("loss > 1 for 5 steps", null, 2, null, 2, null, 0, null, 2, null, 2, null, 2));

    [Theory]
    [InlineData("", "not a rule")]
    [InlineData("MaxVio", "not a rule")]
    [InlineData("MaxVio > ", "not a rule")]
    [InlineData("MaxVio > two", "'two' is not a number")]
    [InlineData("MaxVio > 2 for 0 steps", "'0' steps; expected a whole number from 1 up")]
    [InlineData("MaxVio > 2 for ten steps", "'ten' steps")]
    [InlineData("MaxVio > 2, explode", "not a rule")]
    [InlineData("MaxVoi > 2", "did you mean 'MaxVio'?")]
    public void What_is_no_rule_gets_one_sentence(string rule, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => AlertRule.Parse(rule)).Message);
}
