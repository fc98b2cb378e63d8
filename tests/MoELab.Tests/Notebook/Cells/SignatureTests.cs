namespace MoELab.Tests.Notebook.Cells;

/// <summary>What a call takes, asked between its parentheses.</summary>
public sealed class SignatureTests : IDisposable
{
    private readonly CellRunner _cells = new();

    public void Dispose() => _cells.Dispose();

    [Theory]
    [InlineData("lab.Recipe(\"lab-tiny\").With(\"balancer\", |", "With(string path, object value)", "**value** (object, 2 of 2)")]
    [InlineData("lab.Recipe(\"lab-tiny\").With(\"balancer\", \"smebu\", |)", "With(string path, string plugin, object options", "**options** (object, 3 of 4): Options from")]
    [InlineData("lab.Recipe(\"lab-tiny\").With(\"balancer\", \"smebu\", new { kappa = 3 },|)", "With(string path, string plugin, object options", "**reset** (bool, 4 of 4): Whether")]
    [InlineData("lab.Race(|", "Lab.Race(Recipe recipe, IReadOnlyList<Arm> contenders", "**recipe** (Recipe, 1 of 4): The recipe that all of them train")]
    [InlineData("lab.Race(\"lab-tiny\", |[])", "Lab.Race(", "**contenders** (IReadOnlyList<Arm>, 2 of 4): Balancers by name")]
    [InlineData("lab.Race(\"lab-tiny\", [\"none\", \"smebu\"], seeds: |3)", "Lab.Race(", "**seeds** (int, 3 of 4): How many seeds")]
    [InlineData("lab.Race(\"lab-tiny\", stop: |", "Lab.Race(", "**stop** (CancellationToken, 4 of 4): Stops every run")]
    [InlineData("lab.Sweep(\"lab-tiny\", \"balancer.kappa\", 1, |2)", "Lab.Sweep(", "**values** (object[], 3 of 3): Its values.")]
    [InlineData("new RecipeDifference(|", "RecipeDifference.RecipeDifference(string Path, string? Left, string? Right)", "**Path** (string, 1 of 3): Dotted path.")]
    [InlineData("new RecipeDifference(\"a\", |)", "RecipeDifference.RecipeDifference(", "**Left** (string?, 2 of 3): Value in the first")]
    [InlineData("RecipeDifference d = new(\"a\", \"b\", |", "RecipeDifference.RecipeDifference(", "**Right** (string?, 3 of 3)")]
    [InlineData("new Lab(|)", "Lab.Lab(", "**runs** (string?, 1 of 2)")]
    [InlineData("Math.Max(Math.Abs(1), |2)", "Math.Max(int val1, int val2)", "**val2** (int, 2 of 2)")]
    [InlineData("Math.Max(Math.Abs(|1), 2)", "Math.Abs(int value)", "**value** (int, 1 of 1)")]
    [InlineData("Func<int, string, bool> f = (a, b) => true; f(1, |)", "Invoke(int arg1, string arg2)", "**arg2** (string, 2 of 2)")]
    public async Task The_overload_that_fits_and_the_parameter_at_the_cursor(string code, string overload, string parameter)
    {
        var said = await _cells.Hover(code);
        Assert.NotNull(said);
        Assert.Contains(overload, said.Split('\n')[1], StringComparison.Ordinal);
        Assert.Contains(parameter, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_overload_is_listed_and_words_keep_their_own_meaning()
    {
        var said = await _cells.Hover("lab.Recipe(\"lab-tiny\").With(|)");
        Assert.Equal(3, said!.Split("```")[1].Split('\n').Count(l => l.Contains("Recipe.With(", StringComparison.Ordinal)));
        Assert.Contains("Task<RaceResult> Lab.Race", await _cells.Hover("lab.Ra|ce(\"lab-tiny\", [])"), StringComparison.Ordinal);
        Assert.Contains("**balancer**", await _cells.Hover("lab.Recipe(\"lab-tiny\").With(\"balan|cer\", \"smebu\")"), StringComparison.Ordinal);
        Assert.Contains("x", await _cells.Hover("var x = 1; Math.Max(1, x|)"), StringComparison.Ordinal);
        Assert.Null(await _cells.Hover("lab.Nothing(1, |"));
    }
}
