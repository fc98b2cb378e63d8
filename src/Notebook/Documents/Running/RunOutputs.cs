namespace MoELab.Documents.Running;

/// <summary>State shared by the outputs of all cells of a run: displays by id, in any cell.</summary>
internal sealed class RunOutputs
{
    private readonly Dictionary<string, List<JsonObject>> _displays = new(StringComparer.Ordinal);
    private long _changed;
    private bool _live;

    public Lock Gate { get; } = new();
    public int ExecutionCount { get; set; }

    public void Shown(string id, JsonObject output)
    {
        _displays.TryAdd(id, []);
        _displays[id].Add(output);
        _changed = Environment.TickCount64;
    }

    /// <summary>Replaces a display's content; an unknown id is ignored, as in Jupyter.</summary>
    public void Replace(string id, JsonObject data)
    {
        foreach (var output in _displays.GetValueOrDefault(id) ?? [])
            output["data"] = data.DeepClone();
        _changed = Environment.TickCount64;
        _live = true;
    }

    /// <summary>
    /// Waits until displays have not changed for a moment, for tasks that have just ended; not longer than <paramref name="most"/>.
    /// </summary>
    public async Task Settle(TimeSpan still, TimeSpan most, CancellationToken cancel)
    {
        var begin = Environment.TickCount64;
        if (_live)
            _changed = begin;
        while (Environment.TickCount64 - begin < most.TotalMilliseconds
            && Environment.TickCount64 - Volatile.Read(ref _changed) < still.TotalMilliseconds)
            await Task.Delay(50, cancel).ConfigureAwait(false);
    }
}
