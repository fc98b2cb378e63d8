using MoELab.Cells;
using MoELab.Recipes.Input;

namespace MoELab.Documents.Running;

/// <summary>Collects the output of one cell as nbformat outputs, even after the cell has ended.</summary>
/// <param name="notebook">The outputs of all cells of the run.</param>
/// <param name="limit">Maximum number of characters that a cell may print.</param>
internal sealed class CellRecorder(RunOutputs notebook, int limit) : ICellOutput
{
    private readonly List<Item> _items = [];
    private int _printed;
    private bool _clear;

    public void Print(string text, bool error = false)
    {
        lock (notebook.Gate)
        {
            Begin();
            if (_printed > limit)
                return;
            var rest = limit - _printed;
            _printed += text.Length;
            if (_printed > limit)
                text = text[..rest] + $"\n[the output ends here: the cell printed more than {limit / (1024.0 * 1024):0.#} MB]\n";
            var name = error ? "stderr" : "stdout";
            if (_items.Count == 0 || _items[^1].Stream != name)
                _items.Add(new Item(name, new()));
            _items[^1].Text.Append(text);
        }
    }

    public void Display(CellData data, string? id = null)
    {
        lock (notebook.Gate)
        {
            var output = new JsonObject { ["output_type"] = "display_data", ["data"] = Data(data), ["metadata"] = new JsonObject() };
            Add(output);
            if (id is not null)
                notebook.Shown(id, output);
        }
    }

    public void Update(string id, CellData data)
    {
        lock (notebook.Gate)
            notebook.Replace(id, Data(data));
    }

    public void Result(CellData data)
    {
        lock (notebook.Gate)
            Add(new JsonObject
            {
                ["output_type"] = "execute_result",
                ["execution_count"] = notebook.ExecutionCount,
                ["data"] = Data(data),
                ["metadata"] = new JsonObject()
            });
    }

    public void Fail(CellError error)
    {
        lock (notebook.Gate)
            Add(new JsonObject
            {
                ["output_type"] = "error",
                ["ename"] = error.Name,
                ["evalue"] = error.Message,
                ["traceback"] = new JsonArray([$"{error.Name}: {error.Message}", .. error.Trace.Select(t => (JsonNode)t)]),
            });
    }

    public void Clear(bool wait)
    {
        lock (notebook.Gate)
        {
            if (wait)
                _clear = true;
            else
                _items.Clear();
        }
    }

    public Task<string> Ask(string prompt, bool hidden, CancellationToken cancel) =>
        throw new InputException("input: nobody can answer when a notebook runs unattended; make the value a parameter");

    public JsonArray Outputs()
    {
        lock (notebook.Gate)
            return new JsonArray([.. _items.Select(i => i.Json?.DeepClone()
                ?? new JsonObject { ["output_type"] = "stream", ["name"] = i.Stream, ["text"] = i.Text.ToString() })]);
    }

    private void Add(JsonObject output)
    {
        Begin();
        _items.Add(new Item(null, new(), output));
    }

    private void Begin()
    {
        if (!_clear)
            return;
        _clear = false;
        _items.Clear();
    }

    private static JsonObject Data(CellData data)
    {
        var forms = new JsonObject();
        foreach (var (mime, content) in data.Forms.OrderBy(f => f.Key, StringComparer.Ordinal))
            forms[mime] = content is JsonNode node ? node.DeepClone() : IpynbFormat.IsJson(mime) ? Parsed(content.ToString()!) : content.ToString();
        return forms;
    }

    private static JsonNode? Parsed(string json)
    {
        try
        {
            return InputJson.Parse(json, "an output", "JSON", IpynbFormat.MaxJsonDepth).Node;
        }
        catch (MoELabException)
        {
            return json;
        }
    }

    private sealed record Item(string? Stream, StringBuilder Text, JsonObject? Json = null);
}
