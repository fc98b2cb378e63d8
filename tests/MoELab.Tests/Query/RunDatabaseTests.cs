using MoELab.Query;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;

namespace MoELab.Tests.Query;

/// <summary>SQL over run folders.</summary>
public sealed class RunDatabaseTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Fact]
    public void Every_table_says_what_the_run_folders_say()
    {
        var one = RunReader.Open(_tiny.Train(_tiny.Recipe.With("training.steps=3"), "one"));
        var two = RunReader.Open(_tiny.Train(_tiny.Recipe.With("training.steps=4").With("balancer", "sign-bias"), "two"));
        var lab = new MoELab.Lab(_tiny.Runs, _tiny.Catalog);

        var runs = lab.Query("select * from runs order by run");
        Assert.Equal<object?>(["one", "two"], runs["run"]);
        Assert.Equal<object?>(["finished", "finished"], runs["status"]);
        Assert.Equal([3, 4], runs.Column<int>("step"));
        Assert.Equal<object?>(["smebu", "sign-bias"], runs["balancer"]);
        Assert.Equal(one.Metrics["eval/bits_per_byte"].Last, runs[0].Get<double>("bits_per_byte"));

        var steps = lab.Query("select step, loss, \"max_vio/mean\" from steps where run = 'two' order by step");
        Assert.Equal(two.Metrics["loss"].Values, steps.Column<double>("loss"));
        Assert.Equal(two.Metrics["max_vio/mean"].Values, steps.Column<double>("max_vio/mean"));
        Assert.Equal(two.Metrics["loss"].Values.Sum(), (double)lab.Query("select sum(value) from metrics where run = 'two' and metric = 'loss'")[0].Values[0]!, 9);

        var counts = lab.Query("select run, step, layer, sum(count) as tokens, count(*) as experts from counts group by all order by all");
        Assert.Equal((3 + 4) * 2, counts.Count);
        Assert.All(counts, row => Assert.Equal((512L, 8L), (row.Get<long>("tokens"), row.Get<long>("experts"))));
        Assert.Equal(two.Counts(4)[1, 5], lab.Query("select count from counts where run = 'two' and step = 4 and layer = 1 and expert = 5")[0].Get<long>("count"));

        Assert.Equal("0.02", lab.Query("select value from recipes where run = 'one' and path = 'balancer.lambda'")[0]["value"]);
        Assert.Equal<object?>(["one", "two"], lab.Query("select run from events where kind = 'finish' order by run")["run"]);
    }

    [Fact]
    public void Tables_follow_the_folders()
    {
        using var database = new RunDatabase(_tiny.Runs);
        Assert.Empty(database.Query("select * from runs"));
        var folder = _tiny.Train(_tiny.Recipe.With("training.steps=2"), "one");
        Assert.Equal(2L, database.Query("select count(*) from steps")[0].Values[0]);
        using (var writer = new MetricsWriter(Path.Combine(folder, "metrics.jsonl"), 2))
            writer.Write(new MetricRow(3) { ["loss"] = 1.5, ["own/metric"] = 7 });
        File.AppendAllText(Path.Combine(folder, "metrics.jsonl"), "{\"step\":4,\"lo");
        Assert.Equal(7.0, database.Query("select max(\"own/metric\") from steps where loss = 1.5")[0].Values[0]);
        Assert.Equal(7.0, database.Query("select value from metrics where metric = 'own/metric'")[0].Values[0]);
        File.WriteAllText(Path.Combine(folder, "recipe.yaml"), "model: [");
        Assert.Equal("one", database.Query("select run from runs where recipe is null")[0]["run"]);
        Directory.Delete(folder, recursive: true);
        Assert.Empty(database.Query("select * from steps"));
    }

    [Fact]
    public void Mistakes_are_one_sentence_with_their_line()
    {
        using var database = new RunDatabase(_tiny.Runs);
        var wrong = Assert.Throws<QueryException>(() => database.Query("select run,\n  lose\nfrom runs"));
        Assert.Equal(2, wrong.Line);
        Assert.Equal(2, wrong.Column);
        Assert.Contains("lose", wrong.Message, StringComparison.Ordinal);
        Assert.Contains("loss", wrong.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', wrong.Message);
        Assert.Equal(1, Assert.Throws<QueryException>(() => database.Query("select * form runs")).Line);
        Assert.Equal("no column 'lose'; did you mean 'loss'?", wrong.Message);
        Assert.Equal("no column 'los'; did you mean 'loss'?", Assert.Throws<QueryException>(() => database.Query("select r.los from runs r")).Message);
        Assert.Equal("no table 'run'; did you mean 'runs'?", Assert.Throws<QueryException>(() => database.Query("select * from run")).Message);
        Assert.Contains("nowhere", Assert.Throws<QueryException>(() => database.Query("select * from nowhere")).Message, StringComparison.Ordinal);
        Assert.Equal((1, 9), database.Check("select x from runs", null) is { } e ? (e.Line, e.Column + 2) : default);
        Assert.Null(database.Check("select run from runs", null));
        Assert.Contains("did you mean 'run'", Assert.Throws<InputException>(() => database.Query("select run from runs")["ran"]).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_long_query_is_interrupted()
    {
        using var database = new RunDatabase(_tiny.Runs);
        using var cancel = new CancellationTokenSource(300);
        Assert.Throws<OperationCanceledException>(() => database.Query("select count(*) from range(1000000000000) a where sin(a.range) > 2", null, cancel: cancel.Token));
        Assert.Single(database.Query("select 1"));
    }

    [Fact]
    public void Rows_are_shared_under_a_name_and_values_as_parameters()
    {
        using var database = new RunDatabase(_tiny.Runs);
        database.Share("mine", database.Query("select range as i, range / 2.0 as half, 'a' || range as word from range(3)"));
        Assert.Equal("a2", database.Query("select word from mine where half = $half", n => n == "half" ? 1.0 : null)[0]["word"]);
        Assert.Throws<InputException>(() => database.Share("runs", database.Query("select 1")));
        Assert.Throws<InputException>(() => database.Query("select $x"));
        var file = Path.Combine(_tiny.Folder, "t.csv");
        database.Query("select 1 as a, 'x,\"y\"' as b").SaveCsv(file);
        Assert.Equal("a,b\r\n1,\"x,\"\"y\"\"\"\r\n", File.ReadAllText(file));
    }

    [Fact]
    public void Names_that_differ_only_in_case_are_refused_where_they_are_made_and_told_apart_where_they_are()
    {
        var texts = _tiny.Recipe.Data.Sources.Values.ToArray();
        var recipe = _tiny.Recipe with { Data = _tiny.Recipe.Data with { Sources = new Dictionary<string, string> { ["Web"] = texts[0], ["web"] = texts[1] } } };
        Assert.Contains("data.sources.web: the domain differs from 'Web' only in case", Assert.Throws<InputException>(() => _tiny.Train(recipe)).Message);

        // A run of an older version has both.
        foreach (var (name, factor) in new[] { ("Old", 1.0), ("old", 10) })
        {
            var folder = Directory.CreateDirectory(Path.Combine(_tiny.Runs, name)).FullName;
            using var writer = new MetricsWriter(Path.Combine(folder, "metrics.jsonl"), 0);
            writer.Write(new MetricRow(1) { ["loss"] = factor, ["loss/domain/Web"] = 2 * factor, ["loss/domain/web"] = 3 * factor, ["STEP"] = 7 });
        }
        using var database = new RunDatabase(_tiny.Runs);
        Assert.Equal([2.0, 20], database.Query("select value from metrics where metric = 'loss/domain/Web' order by value").Column<double>("value"));
        Assert.Equal([3.0, 30], database.Query("select value from metrics where metric = 'loss/domain/web' order by value").Column<double>("value"));
        Assert.Contains("(spelling 2)", Assert.Throws<QueryException>(() => database.Query("select \"loss/domain/web\" from steps")).Message);
        Assert.Equal("no column 'domain'; did you mean 'loss/domain/Web (spelling 1)' or 'loss/domain/web (spelling 2)'?",
            Assert.Throws<QueryException>(() => database.Query("select domain from steps")).Message);
        Assert.Equal([3.0, 30], database.Query("select \"loss/domain/web (spelling 2)\" as v from steps order by v").Column<double>("v"));
        Assert.Equal(10.0, database.Query("select loss from steps where run = 'old'")[0].Get<double>("loss"));
        Assert.Equal(7.0, database.Query("select max(value) from metrics where metric = 'STEP'")[0].Values[0]);

        database.Share("Mine", database.Query("select 1 as a"));
        Assert.Contains("differs from 'Mine' only in case", Assert.Throws<InputException>(() => database.Share("mine", database.Query("select 2 as a"))).Message);
        Assert.Throws<InputException>(() => database.Share("Steps", database.Query("select 2 as a")));
        Assert.Equal<object?>([2], database.Query("select 1 as Web, 2 as web")["web"]);
    }
}
