using System.Diagnostics;
using MoELab.Cells;

namespace MoELab.Tests.Notebook.Live;

/// <summary>What a cell and its displays sent, from any thread, with the time of each.</summary>
internal sealed class LiveOutput : ICellOutput
{
    private readonly Lock _gate = new();
    private readonly List<(string Id, CellData Data, long At)> _sent = [];
    private readonly List<CellData> _results = [];
    private string _error = "";

    public string Error { get { lock (_gate) return _error; } }

    public IReadOnlyList<CellData> Results { get { lock (_gate) return [.. _results]; } }

    /// <summary>Displays and updates in order.</summary>
    public IReadOnlyList<(string Id, CellData Data, long At)> Sent { get { lock (_gate) return [.. _sent]; } }

    /// <summary>Ids of displays that hold a figure.</summary>
    public string[] Figures => [.. Sent.Select(s => s.Id).Distinct().Where(i => !i.EndsWith("-moves", StringComparison.Ordinal))];

    /// <summary>What moves the figures.</summary>
    public (string Id, string Html, long At)[] Deltas => [.. Sent.Where(s => s.Id.EndsWith("-moves", StringComparison.Ordinal)).Select(s => (s.Id, Html(s.Data), s.At)).Where(s => s.Item2.Length > 0)];

    /// <summary>A figure as it is now.</summary>
    public string Figure(int index = 0) => Html(Sent.Last(s => s.Id == Figures[index]).Data);

    public static string Html(CellData data) => (string)data.Forms["text/html"];

    /// <summary>Waits for something that comes while no cell runs.</summary>
    public static async Task Until(Func<bool> holds, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!holds())
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(90), "still waiting: " + what);
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }

    public void Print(string text, bool error = false)
    {
        lock (_gate)
            _error += error ? text : "";
    }

    public void Display(CellData data, string? id = null) => Update(id ?? "", data);

    public void Update(string id, CellData data)
    {
        lock (_gate)
            _sent.Add((id, data, Stopwatch.GetTimestamp()));
    }

    public void Result(CellData data)
    {
        lock (_gate)
            _results.Add(data);
    }

    public void Clear(bool wait)
    {
    }

    public Task<string> Ask(string prompt, bool hidden, CancellationToken cancel) => Task.FromResult("");
}
