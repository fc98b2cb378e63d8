using MoELab.Tests.Views;

namespace MoELab.Tests.Board;

public sealed class BoardQueryTests
{
    [Fact]
    public async Task Sql_asks_about_the_runs_and_does_nothing_else()
    {
        var runs = TestFolders.New("runs");
        SyntheticRun.Create("a", steps: 12, runs: runs);
        SyntheticRun.Create("b", steps: 2000, runs: runs);
        var secret = Path.Combine(TestFolders.New("secret"), "secret.csv");
        File.WriteAllText(secret, "x\n1\n");
        await using var board = await OpenBoard.Over(runs);
        var table = await Ask("select run, step from runs order by run");
        Assert.Contains("<td>a</td><td class=\"num\">12</td>", table["html"]!.ToString());
        Assert.Equal("run,step\na,12\nb,2000\n", table["csv"]!.ToString());
        Assert.Contains("The first 1,000 rows; there are more.", (await Ask("select * from steps"))["html"]!.ToString());
        Assert.Contains("&lt;b&gt;", (await Ask("select '<b>' as x"))["html"]!.ToString());

        Assert.Contains("stepz", await Refusal("select stepz from runs"));
        Assert.Contains("syntax error", await Refusal("select from where"));
        foreach (var change in new[] { "delete from runs", "drop table runs", "select 1; drop table runs", "set enable_external_access = true", $"copy runs to '{secret}'" })
            Assert.Contains("expected a single statement", await Refusal(change));
        Assert.StartsWith("'delete': queries here only read; ", await Refusal("delete from runs"));
        Assert.Equal("unknown statement 'selec'; did you mean 'select'?", await Refusal("selec 1"));
        Assert.Equal("the query is empty; expected a question, such as 'select run, loss from runs'", await Refusal(" -- nothing\n"));
        Assert.StartsWith("no column 'nam'; known: ", await Refusal("select nam from runs"));
        Assert.Contains("read-only", await Refusal("with x as (select 1) delete from runs"));
        Assert.Contains("disabled", await Refusal($"select * from read_csv('{secret}')"));
        Assert.Contains("disabled", await Refusal($"select * from '{secret}'"));
        Assert.Contains("expected text", await board.Refusal("api/sql", new { sql = 3 }));
        Assert.Contains("2 rows.", (await Ask("select run from runs"))["html"]!.ToString());

        Task<JsonNode> Ask(string sql) => board.Post("api/sql", new { sql });
        Task<string> Refusal(string sql) => board.Refusal("api/sql", new { sql });
    }
}
