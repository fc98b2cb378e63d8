using MoELab.Cells.Tables;
using MoELab.Query;

namespace MoELab.Cells.Sql;

/// <summary>SQL over the runs of the lab. A result is a table below the cell and, if it has a name, a variable.</summary>
internal sealed class SqlLanguage(Lab lab, ICellVariables csharp) : ICellLanguage, IMagicLine
{
    private const int MaxKeptRows = 200_000;
    private readonly Dictionary<string, object?> _values = new(StringComparer.Ordinal);

    public string Name => "sql";
    public string Help => "[--name VARIABLE]: the lines below are SQL (DuckDB) over the tables runs, recipes, steps, metrics, counts, events";
    private RunDatabase Database => LabQueries.DatabaseOf(lab);

    public async Task<CellResult> Execute(CellInvocation cell, CancellationToken cancel)
    {
        var name = Variable(cell);
        if (string.IsNullOrWhiteSpace(cell.Body))
            throw new InputException("#!sql: there is no query below; expected one such as 'select run, loss from runs order by loss'");
        QueryTable table;
        try
        {
            table = await Task.Run(() => Database.Query(cell.Body, Parameter, cancel: cancel), cancel).ConfigureAwait(false);
        }
        catch (QueryException e)
        {
            var line = e.Line > 0 ? cell.FirstLine + e.Line - 1 : 0;
            return new CellResult(new CellError("SQL", line > 0 ? $"line {line}: {e.Message}" : e.Message, [], line > 0 ? line : cell.FirstLine));
        }
        _values["last"] = table;
        if (name is not null)
        {
            csharp.Set(name, table);
            _values[name] = table;
            if (table.Columns.Count > 0 && table.Count <= MaxKeptRows)
                Database.Share(name, table);
        }
        // Statements that define or change something have no result to show.
        if (table.Columns.Count > 0 && !(table.Count == 0 && table.Columns is ["Count"]))
            cell.Output.Display(CellTable.Of(table, name));
        return new CellResult();
    }

    public Task<CellCompletions> Complete(CellInvocation cell, int cursor, CancellationToken cancel) =>
        Task.Run(() => SqlCompletion.At(cell.Body, cursor, Database.Schema()), cancel);

    public Task<IReadOnlyList<CellDiagnostic>> Diagnose(CellInvocation cell, CancellationToken cancel) =>
        Task.Run<IReadOnlyList<CellDiagnostic>>(() => Diagnose(cell.Body), cancel);

    public Task<string?> Hover(CellInvocation cell, int cursor, CancellationToken cancel) =>
        Task.Run(() => SqlCompletion.Describe(cell.Body, cursor, Database.Schema()), cancel);

    public bool Get(string name, out object? value) => _values.TryGetValue(name, out value);

    public void Set(string name, object? value)
    {
        if (!SqlValues.IsSingle(value))
            Database.Share(name, SqlValues.Table(name, value));
        _values[name] = value;
    }

    public IEnumerable<CellCompletion> Words(IReadOnlyList<string> before) =>
        before.Count == 0 ? [new CellCompletion("--name", "Keyword", "the variable that keeps the result")] : [];

    private CellDiagnostic[] Diagnose(string query)
    {
        try
        {
            if (Database.Check(query, Parameter) is not { } problem)
                return [];
            var (start, end) = Place(query, problem.Line, problem.Column);
            return [new CellDiagnostic(start, end, problem.Message)];
        }
        catch (MoELabException e)
        {
            return [new CellDiagnostic(0, query.Length, e.Message)];
        }
    }

    private object? Parameter(string name)
    {
        if (!_values.TryGetValue(name, out var value) && !csharp.Get(name, out value))
            throw new InputException($"${name}: no such variable; expected one of this notebook");
        if (value is QueryTable table && table.TrySingle(out var single))
            value = single;
        return SqlValues.IsSingle(value) ? value is Enum or Guid ? string.Create(CultureInfo.InvariantCulture, $"{value}") : value
            : throw new InputException($"${name}: a {value!.GetType().Name} is not a single value; "
                + $"share it (#!share {name} --from csharp --to sql) and use it as a table");
    }

    private static string? Variable(CellInvocation cell)
    {
        if (cell.Arguments.FirstOrDefault(a => a.StartsWith("--", StringComparison.Ordinal) && a != "--name") is { } unknown)
            throw new InputException($"#!sql {unknown}: unknown option; expected --name VARIABLE");
        if (cell.Flag("--name") && cell.Option("--name") is null)
            throw new InputException("#!sql --name: no variable given; expected #!sql --name VARIABLE");
        return cell.Option("--name") ?? (cell.Arguments.Count > 0 ? cell.Arguments[0] : null);
    }

    private static (int Start, int End) Place(string text, int line, int column)
    {
        if (line == 0)
            return (0, text.Length);
        var start = 0;
        for (var at = 1; at < line && text.IndexOf('\n', start) is var next and >= 0; at++)
            start = next + 1;
        var end = text.IndexOf('\n', start) is var stop and >= 0 ? stop : text.Length;
        if (column < 0 || start + column >= end)
            return (start, end);
        start += column;
        var word = start;
        while (word < end && (char.IsLetterOrDigit(text[word]) || text[word] is '_' or '"'))
            word++;
        return (start, Math.Max(word, start + 1));
    }
}
