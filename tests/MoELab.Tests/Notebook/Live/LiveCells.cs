using System.Text.Json;
using System.Text.RegularExpressions;
using MoELab.Cells;
using MoELab.Cells.Session;
using MoELab.Plugins;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;

namespace MoELab.Tests.Notebook.Live;

/// <summary>A session whose cells train tiny runs; <c>recipe</c> is one of them.</summary>
internal sealed partial class LiveCells : IDisposable
{
    public LiveCells()
    {
        Lab = new MoELab.Lab(Tiny.Runs, PluginCatalog.Discover());
        Session = NotebookHost.Create(Lab);
    }

    public TinyRuns Tiny { get; } = new();

    public MoELab.Lab Lab { get; }

    public NotebookSession Session { get; }

    /// <summary>Gives the cells <c>recipe</c>.</summary>
    public LiveCells With(int steps, Func<Recipe, Recipe>? change = null)
    {
        var recipe = Tiny.Recipe.With("training.steps", steps).With("training.threads=1");
        Session.Default.Set("recipe", change?.Invoke(recipe) ?? recipe);
        return this;
    }

    /// <summary>Begins a cell.</summary>
    public (Task<CellResult> Result, LiveOutput Output) Begin(string code)
    {
        var output = new LiveOutput();
        return (Task.Run(() => Session.Execute(code, output, TestContext.Current.CancellationToken)), output);
    }

    /// <summary>Runs a cell that must succeed.</summary>
    public async Task<LiveOutput> Run(string code)
    {
        var (result, output) = Begin(code);
        Assert.Null((await result).Error);
        return output;
    }

    /// <summary>The run of a folder of this session.</summary>
    public Run Open(string name) => Lab.Runs.Single(r => r.Name == name);

    /// <summary>The points that a figure's chart holds: its first series.</summary>
    public static (double[] X, double?[] Y) Points(string html, string chart = "loss", int series = 0)
    {
        var json = ChartData().Matches(html).First(m => m.Groups[1].Value == chart).Groups[2].Value;
        var one = JsonDocument.Parse(json).RootElement.GetProperty("series")[series];
        return ([.. one.GetProperty("x").EnumerateArray().Select(v => v.GetDouble())],
            [.. one.GetProperty("y").EnumerateArray().Select(v => v.ValueKind == JsonValueKind.Null ? (double?)null : v.GetDouble())]);
    }

    /// <summary>The pictures of charts that a figure shows when they are asked for.</summary>
    public static IEnumerable<string> HiddenPictures(string html) => ChartData().Matches(html)
        .Select(m => JsonDocument.Parse(m.Groups[2].Value).RootElement.GetProperty("picture"))
        .Where(p => p.ValueKind == JsonValueKind.String).Select(p => p.GetString()!);

    public void Dispose()
    {
        foreach (var run in Lab.Runs.Where(r => r.Status is RunStatus.Running))
        {
            try
            {
                run.Cancel();
            }
            catch (InputException)
            {
                run.Stop();
            }
        }
        Session.Dispose();
        Lab.Plugins.Dispose();
        Tiny.Dispose();
    }

    [GeneratedRegex("data-chart=\"(\\w+)\".*?<script type=\"application/json\">(.*?)</script>", RegexOptions.Singleline)]
    private static partial Regex ChartData();
}
