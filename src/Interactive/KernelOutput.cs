using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;
using MoELab.Cells;

namespace MoELab.Interactive;

/// <summary>A cell's output as events of its command.</summary>
internal sealed class KernelOutput(Kernel kernel, KernelInvocationContext context, KernelCommand command) : ICellOutput
{
    private static readonly CellData Empty = CellData.Html("", "");
    private readonly List<string> _shown = [];
    private bool _clears;

    // The cell that is running: a front end shows updates of any display with the outputs of the cell that it waits for.
    private static volatile KernelOutput? _front;

    public string FrozenNote => "In .NET Interactive, this card moves only while a cell is running; await the run's Completion to see everything.";

    /// <summary>Sends updates of cells that have ended with this one's outputs, until it is disposed.</summary>
    public IDisposable Lead()
    {
        var before = _front;
        _front = this;
        return new Led(before);
    }

    public void Print(string text, bool error = false)
    {
        FormattedValue[] forms = [new("text/plain", text)];
        Clear();
        context.Publish(error ? new StandardErrorValueProduced(command, forms) : new StandardOutputValueProduced(command, forms));
    }

    public void Display(CellData data, string? id = null)
    {
        // Every display gets an id, so that it can be cleared.
        id ??= "moelab-" + Guid.NewGuid().ToString("N");
        Clear();
        lock (_shown)
            _shown.Add(id);
        context.Publish(new DisplayedValueProduced(data, command, Forms(data), id));
    }

    public void Update(string id, CellData data)
    {
        // A command that has ended can publish nothing more.
        if (!context.IsComplete)
            Publish(id, data);
        else if (_front is { IsComplete: false } front)
            front.Publish(id, data);
        else
            // This new command has one format.
            _ = Task.Run(() => kernel.RootKernel.SendAsync(new UpdateDisplayedValue(Forms(data)[0], id)));
    }

    public void Result(CellData data)
    {
        Clear();
        context.Publish(new ReturnValueProduced(data, command, Forms(data)));
    }

    public void Clear(bool wait)
    {
        _clears = true;
        if (!wait)
            Clear();
    }

    public async Task<string> Ask(string prompt, bool hidden, CancellationToken cancel)
    {
        // Not on the cell's thread, which is blocked until the answer arrives.
        var result = await Task.Run(() => kernel.RootKernel.SendAsync(new RequestInput(prompt, hidden ? "password" : "text")), cancel)
            .ConfigureAwait(false);
        return result.Events.OfType<InputProduced>().FirstOrDefault()?.Value ?? throw new InputException("input: nobody can answer here");
    }

    private bool IsComplete => context.IsComplete;

    private void Publish(string id, CellData data) => context.Publish(new DisplayedValueUpdated(data, id, command, Forms(data)));

    // .NET Interactive cannot take back an output; what was displayed becomes empty, and what was printed stays.
    private void Clear()
    {
        if (!_clears)
            return;
        _clears = false;
        lock (_shown)
        {
            foreach (var id in _shown)
                Update(id, Empty);
            _shown.Clear();
        }
    }

    // The richest format first and plain text last.
    private static FormattedValue[] Forms(CellData data) => [.. data.Forms.OrderBy(f => f.Key switch { "text/html" => 0, "text/plain" => 2, _ => 1 })
        .Select(f => new FormattedValue(f.Key, f.Value is JsonNode json ? json.ToJsonString() : f.Value.ToString() ?? ""))];

    private sealed class Led(KernelOutput? before) : IDisposable
    {
        public void Dispose() => _front = before;
    }
}
