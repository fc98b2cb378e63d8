using MoELab.Cells;

namespace MoELab.Jupyter;

/// <summary>Sends the output of one cell as messages. It outlives the cell, because displays are updated while no cell is running.</summary>
/// <param name="sockets">The sockets that send the messages.</param>
/// <param name="request">The request that ran the cell.</param>
/// <param name="number">The cell's number.</param>
/// <param name="ask">Sends a question and waits for the answer; null if the front end cannot ask.</param>
internal sealed class CellMessages(KernelSockets sockets, WireMessage request, int number,
    Func<string, bool, CancellationToken, Task<string>>? ask) : ICellOutput, IDisposable
{
    /// <summary>Maximum text that a cell may print; a page with more would no longer open.</summary>
    public const int MaxText = 10 << 20;

    // Every small write would make the front end redraw; a delay of 20 ms is not noticeable.
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);
    private const int Chunk = 64 << 10;

    private readonly Lock _gate = new();
    private readonly StringBuilder _text = new();
    private Timer? _timer;
    private bool _error;
    private long _printed;

    /// <summary>The plain text of the cell's result, for the history.</summary>
    public string? ResultText { get; private set; }

    public void Print(string text, bool error = false)
    {
        lock (_gate)
        {
            var left = MaxText - _printed;
            _printed += text.Length;
            if (left < 0)
                return;
            if (text.Length > left)
                text = text[..(int)left] + $"\n... truncated: a cell shows at most {MaxText >> 20} MB of text; write longer text to a file\n";
            if (error != _error)
                Flush();
            _error = error;
            var first = _text.Length == 0;
            _text.Append(text);
            if (_text.Length >= Chunk)
                Flush();
            else if (first)
                (_timer ??= new Timer(_ => FlushNow())).Change(Pace, Timeout.InfiniteTimeSpan);
        }
    }

    public void Display(CellData data, string? id = null) => Publish("display_data", data, id);

    public void Update(string id, CellData data) => Publish("update_display_data", data, id);

    public void Result(CellData data)
    {
        ResultText = data.Plain;
        Publish("execute_result", data, null);
    }

    public void Clear(bool wait)
    {
        lock (_gate)
        {
            Flush();
            sockets.Publish(request, "clear_output", new() { ["wait"] = wait });
        }
    }

    public Task<string> Ask(string prompt, bool hidden, CancellationToken cancel)
    {
        FlushNow();
        return ask?.Invoke(prompt, hidden, cancel)
            ?? throw new InputException("input: this front end does not support input; pass the value as a parameter");
    }

    /// <summary>Sends an error; returns the content of the cell's reply.</summary>
    public JsonObject Fail(CellError error)
    {
        var content = new JsonObject
        {
            ["ename"] = error.Name,
            ["evalue"] = error.Message,
            ["traceback"] = new JsonArray([.. error.Trace.Prepend($"\e[31m{error.Name}\e[0m: {error.Message}").Select(l => (JsonNode)l)]),
        };
        lock (_gate)
        {
            Flush();
            sockets.Publish(request, "error", (JsonObject)content.DeepClone());
        }
        content["status"] = "error";
        return content;
    }

    /// <summary>Sends text that is still buffered.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            Flush();
            _timer?.Dispose();
            _timer = null;
        }
    }

    public static JsonObject Bundle(CellData data) =>
        new(data.Forms.Select(f => KeyValuePair.Create(f.Key, f.Value is JsonNode json ? json.DeepClone() : JsonValue.Create(f.Value.ToString()))));

    private void Publish(string type, CellData data, string? id)
    {
        var content = new JsonObject { ["data"] = Bundle(data), ["metadata"] = new JsonObject() };
        if (type == "execute_result")
            content["execution_count"] = number;
        else
            content["transient"] = id is null ? [] : new JsonObject { ["display_id"] = id };
        lock (_gate)
        {
            Flush();
            sockets.Publish(request, type, content);
        }
    }

    private void FlushNow()
    {
        lock (_gate)
            Flush();
    }

    private void Flush()
    {
        if (_text.Length == 0)
            return;
        sockets.Publish(request, "stream", new() { ["name"] = _error ? "stderr" : "stdout", ["text"] = _text.ToString() });
        _text.Clear();
    }
}
