using System.Text.Json;
using MoELab.Runs.Log;

namespace MoELab.Runs.Reading;

/// <summary>
/// The metric log of a run as typed columns. A torn last line is ignored; where a step appears twice (a run that was
/// killed and resumed), the later rows replace the earlier ones.
/// </summary>
public sealed class MetricTable
{
    private readonly SortedDictionary<string, (List<int> Steps, List<double> Values)> _columns = new(StringComparer.Ordinal);
    private readonly List<int> _steps = [];

    internal MetricTable(string path)
    {
        Log = new LogReader(path);
        Refresh();
    }

    /// <summary>Rows that are not what was written, which are left out.</summary>
    public IReadOnlyList<DamagedRow> Damaged => Log.Damaged;

    /// <summary>Every optimizer step in the log, increasing.</summary>
    public IReadOnlyList<int> Steps => _steps;

    /// <summary>Metric names in ordinal order, without <c>step</c>.</summary>
    public IReadOnlyCollection<string> Names => _columns.Keys;

    /// <summary>The last step in the log, 0 before the first.</summary>
    internal int Last => _steps.Count == 0 ? 0 : _steps[^1];

    internal LogReader Log { get; }

    /// <summary>How often rows that were read ceased to hold, as after a resume: a column may be shorter than it was.</summary>
    internal int Restarts { get; private set; }

    /// <summary>A column by name: <c>Metrics["loss"]</c>.</summary>
    /// <exception cref="InputException">No such metric; the message names the nearest one.</exception>
    public MetricColumn this[string name] => Find(name)
        ?? throw new InputException($"metric '{name}': not in this run{Recipes.Options.Names.Hint(name, Names)}");

    /// <summary>A column by name, null where the run has none.</summary>
    public MetricColumn? Find(string name) =>
        _columns.TryGetValue(name, out var column) ? new MetricColumn(name, column.Steps, column.Values) : null;

    /// <summary>Columns whose name starts with <paramref name="prefix"/>, in natural order (<c>layer/2</c> before <c>layer/10</c>).</summary>
    public IReadOnlyList<MetricColumn> Under(string prefix) =>
        [.. Names.Where(n => n.StartsWith(prefix, StringComparison.Ordinal))
            .OrderBy(n => int.TryParse(n[prefix.Length..], out var number) ? number : int.MaxValue)
            .ThenBy(n => n, StringComparer.Ordinal).Select(n => this[n])];

    /// <summary>Every step with its value in each of some columns; null where the step did not log the metric.</summary>
    internal IEnumerable<(int Step, double?[] Values)> Rows(IReadOnlyList<MetricColumn?> columns)
    {
        var next = new int[columns.Count];
        foreach (var step in _steps)
            yield return (step, [.. columns.Select((column, c) =>
                next[c] < column?.Count && column.Steps[next[c]] == step ? column.Values[next[c]++] : (double?)null)]);
    }

    /// <summary>Reads a log; an absent file gives an empty table.</summary>
    /// <exception cref="InputException">A row is longer than a log's may be.</exception>
    public static MetricTable Read(string path) => new MetricTable(path).Whole();

    /// <exception cref="InputException">The log could not be read to its end.</exception>
    internal MetricTable Whole() => Log.Refusal is { } refusal ? throw refusal : this;

    internal void Refresh() => Log.ReadOn(Take, Restart);

    private void Take(JsonElement row, int number)
    {
        if (Add(row) is { } twice)
            Log.Report(number, Last, $"its key '{twice}' occurs twice");
    }

    private void Restart()
    {
        Restarts++;
        _steps.Clear();
        _columns.Clear();
    }

    // A key that occurs twice shows by its column, which has a value of the row already; the row is taken back then.
    private string? Add(JsonElement row)
    {
        var step = row.GetProperty("step").GetInt32();
        if (step <= Last)
        {
            // A row that is none must not take others with it.
            if (Twice(row) is { } twice)
                return twice;
            Restarts++;
            Truncate(step);
        }
        _steps.Add(step);
        var hasStep = false;
        foreach (var field in row.EnumerateObject())
        {
            if (field.NameEquals("step"u8))
            {
                if (hasStep)
                {
                    Truncate(step);
                    return "step";
                }
                hasStep = true;
                continue;
            }
            if (field.Value.ValueKind is not (JsonValueKind.Number or JsonValueKind.Null))
                continue;
            var name = field.Name;
            if (!_columns.TryGetValue(name, out var column))
                _columns[name] = column = ([], []);
            if (column.Steps.Count > 0 && column.Steps[^1] == step)
            {
                Truncate(step);
                return name;
            }
            column.Steps.Add(step);
            column.Values.Add(field.Value.ValueKind == JsonValueKind.Null ? double.NaN : field.Value.GetDouble());
        }
        return null;
    }

    private static string? Twice(JsonElement row)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        return row.EnumerateObject().Select(p => p.Name).FirstOrDefault(n => !names.Add(n));
    }

    private void Truncate(int step)
    {
        _steps.RemoveAll(s => s >= step);
        foreach (var (steps, values) in _columns.Values)
        {
            var keep = steps.FindIndex(s => s >= step);
            if (keep < 0)
                continue;
            values.RemoveRange(keep, values.Count - keep);
            steps.RemoveRange(keep, steps.Count - keep);
        }
    }
}
