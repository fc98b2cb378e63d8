namespace MoELab.Tests.Notebook.Cells;

/// <summary><c>#!sql</c> in a session, and results that are tables.</summary>
public sealed class SqlLanguageTests : IDisposable
{
    private readonly CellRunner _cells = new();

    public void Dispose() => _cells.Dispose();

    [Fact]
    public async Task A_result_is_a_table_and_a_variable_of_both_languages()
    {
        _cells.Tiny.Train(_cells.Tiny.Recipe.With("training.steps=2"), "one");
        var shown = (await _cells.Run("#!sql --name best\nselect run, step, loss, \"max_vio/mean\" from steps order by step")).Displays.Single().Data;
        Assert.Contains("<td style=\"text-align:left\">one</td>", (string)shown.Forms["text/html"], StringComparison.Ordinal);
        Assert.Matches(@"run +step +loss +max_vio/mean\none +1 ", shown.Plain);
        Assert.Equal("2", (await _cells.Run("best.Count")).Results.Single().Plain);
        Assert.Equal("True", (await _cells.Run("best[1].Get<double>(\"loss\") == lab.Attach(\"one\").Metrics[\"loss\"].Values[1]")).Results.Single().Plain);
        Assert.Contains("<table>", (string)(await _cells.Run("best")).Results.Single().Forms["text/html"], StringComparison.Ordinal);
        Assert.Equal("2", Cell((await _cells.Run("#!sql\nselect max(step) as top from best")).Displays.Single().Data.Plain));
        Assert.Equal("one", (await _cells.Run("(string)lab.Query(\"select run from runs\")[0][\"run\"]")).Results.Single().Plain);
    }

    [Fact]
    public async Task Variables_of_csharp_are_tables_and_parameters()
    {
        await _cells.Run("var limits = new[] { new { key = \"a\", top = 2.5 }, new { key = \"b\", top = 3.5 } }; var from = 3; var tens = new List<int> { 10, 20 };");
        await _cells.Run("#!share limits --from csharp --to sql\n#!share tens --from csharp --to sql --as t");
        Assert.Equal("b", Cell((await _cells.Run("#!sql\nselect key from limits where top > $from")).Displays.Single().Data.Plain));
        Assert.Equal("30", Cell((await _cells.Run("#!sql\nselect sum(value) as all from t")).Displays.Single().Data.Plain));
        await _cells.Run("#!sql\nselect 7 as seven\n#!share last --from sql --as got");
        Assert.Equal("7", (await _cells.Run("got[0].Values[0]")).Results.Single().Plain);
        Assert.Contains("no such variable", (await _cells.Fail("#!sql\nselect $nothing")).Message, StringComparison.Ordinal);
        Assert.Contains("is a table over the runs", (await _cells.Fail("#!sql --name runs\nselect 1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Many_rows_are_capped_with_a_note()
    {
        var plain = (await _cells.Run("#!sql many\nselect range as i from range(12345)")).Displays.Single().Data.Plain;
        Assert.EndsWith("the first 100 of 12,345 rows; 'many' has all of them", plain, StringComparison.Ordinal);
        Assert.Equal(102, plain.Split('\n').Length);
        Assert.Equal("12345", (await _cells.Run("many.Count")).Results.Single().Plain);
    }

    [Fact]
    public async Task Errors_have_the_cells_line_and_diagnostics_the_word()
    {
        var error = await _cells.Fail("#!sql\nselect run\nfrom rums");
        Assert.Equal(3, error.Line);
        Assert.StartsWith("line 3: ", error.Message, StringComparison.Ordinal);
        Assert.Contains("rums", error.Message, StringComparison.Ordinal);
        var (marked, message) = Assert.Single(await _cells.Diagnose("#!sql\nselect run, lose\nfrom runs"));
        Assert.Equal("lose", marked);
        Assert.Contains("loss", message, StringComparison.Ordinal);
        Assert.Empty(await _cells.Diagnose("#!sql\nselect run, loss from runs"));
        Assert.Contains("unknown option", (await _cells.Fail("#!sql --nam x\nselect 1")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tables_columns_and_keywords_complete()
    {
        _cells.Tiny.Train(_cells.Tiny.Recipe.With("training.steps=1"), "one");
        Assert.Equal(["runs"], await _cells.Complete("#!sql\nselect * from ru|"));
        Assert.Contains("bits_per_byte", await _cells.Complete("#!sql\nselect bi| from runs"));
        Assert.Contains("\"max_vio/mean\"", await _cells.Complete("#!sql\nselect max_| from steps"));
        Assert.Contains("\"max_vio/mean\"", await _cells.Complete("#!sql\nselect \"max_v| from steps"));
        Assert.Equal(["expert"], await _cells.Complete("#!sql\nselect c.ex| from counts c"));
        Assert.Contains("group by", await _cells.Complete("#!sql\nselect run from runs gr|"));
        Assert.Contains("**runs.loss**", await _cells.Hover("#!sql\nselect lo|ss from runs"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Differences_of_recipes_are_a_table()
    {
        var shown = (await _cells.Run("lab.Recipe(\"lab-tiny\").With(\"training.steps\", 7).Diff(\"lab-tiny\")")).Results.Single();
        Assert.Contains("training.steps</td>", (string)shown.Forms["text/html"], StringComparison.Ordinal);
        Assert.Matches(@"path +this +other\ntraining.steps +7 ", shown.Plain);
    }

    [Fact]
    public async Task Races_and_sweeps_are_tables()
    {
        _cells.Session.Default.Set("tiny", _cells.Tiny.Recipe.With("training.steps", 3));
        var race = (await _cells.Run("await lab.Race(tiny, [\"smebu\", \"none\"], seeds: 1)")).Results.Single();
        Assert.Contains("<td style=\"text-align:left\">smebu</td>", (string)race.Forms["text/html"], StringComparison.Ordinal);
        Assert.Contains("contender", race.Plain, StringComparison.Ordinal);
        var sweep = (await _cells.Run("await lab.Sweep(tiny, \"balancer.kappa\", 1.0, 2.0)")).Results.Single();
        Assert.Contains("<th style=\"text-align:left\">balancer.kappa</th>", (string)sweep.Forms["text/html"], StringComparison.Ordinal);
    }

    private static string Cell(string plain) => plain.Split('\n')[1].Trim();
}
