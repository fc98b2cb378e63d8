using MoELab.Studies.Definition;

namespace MoELab.Tests.Studies.Definition;

public sealed class StudyBudgetTests
{
    [Theory]
    [InlineData("300 steps", 300, BudgetUnit.Steps)]
    [InlineData("1 step", 1, BudgetUnit.Steps)]
    [InlineData("2M tokens", 2e6, BudgetUnit.Tokens)]
    [InlineData("1.5e15 FLOPs", 1.5e15, BudgetUnit.Flops)]
    [InlineData("1.5 PFLOPs", 1.5e15, BudgetUnit.Flops)]
    [InlineData("90 seconds", 90, BudgetUnit.Seconds)]
    [InlineData("10 minutes", 600, BudgetUnit.Seconds)]
    [InlineData("1 hour", 3600, BudgetUnit.Seconds)]
    public void A_budget_is_a_number_with_its_unit_and_reads_back(string text, double value, BudgetUnit unit)
    {
        var budget = StudyBudget.Parse(text);
        Assert.Equal(new StudyBudget(value, unit), budget);
        Assert.Equal(budget, StudyBudget.Parse(budget.ToString()));
    }

    [Theory]
    [InlineData("300")]
    [InlineData("")]
    [InlineData("0 steps")]
    [InlineData("-3 steps")]
    [InlineData("many tokens")]
    [InlineData("1e999 FLOPs")]
    public void What_is_no_budget_is_told_with_what_is_one(string text) =>
        Assert.Equal($"budget '{text}': not valid; expected steps (300 steps), tokens (2M tokens), FLOPs (1.5e15 FLOPs) or time (90 seconds, 10 minutes, 1 hour)",
            Assert.Throws<InputException>(() => StudyBudget.Parse(text)).Message);

    [Fact]
    public void Half_a_step_is_none() =>
        Assert.Contains("a part of a step", Assert.Throws<InputException>(() => StudyBudget.Parse("1.5 steps")).Message, StringComparison.Ordinal);
}
