using MoELab.Cells;

namespace MoELab.Tests.Notebook.Cells;

/// <summary>What a cell sent, kept for a test to look at.</summary>
internal sealed class RecordedOutput : ICellOutput
{
    private readonly StringBuilder _out = new();
    private readonly StringBuilder _error = new();

    public string Out { get { lock (_out) return _out.ToString(); } }

    public string Error { get { lock (_out) return _error.ToString(); } }

    public List<(CellData Data, string? Id)> Displays { get; } = [];

    public List<(string Id, CellData Data)> Updates { get; } = [];

    public List<CellData> Results { get; } = [];

    public Queue<string> Answers { get; } = new();

    public void Print(string text, bool error = false)
    {
        lock (_out)
            (error ? _error : _out).Append(text);
    }

    public void Display(CellData data, string? id = null) => Displays.Add((data, id));

    public void Update(string id, CellData data) => Updates.Add((id, data));

    public void Result(CellData data) => Results.Add(data);

    public void Clear(bool wait) => Displays.Clear();

    public Task<string> Ask(string prompt, bool hidden, CancellationToken cancel) => Task.FromResult(Answers.Dequeue());
}
