using DuckDB.NET.Data;
using MoELab.Runs.Folder;
using MoELab.Runs.Reading;

namespace MoELab.Query;

/// <summary>
/// An in-memory DuckDB over a directory of runs. A table is filled when a query first names it, and brought up to date by the
/// runs whose files have changed since. Safe to use from several threads; queries run one at a time.
/// </summary>
/// <param name="runs">The directory.</param>
/// <param name="isLocked">Whether queries come from outside: they only ask, and reach no file and no network.</param>
internal sealed class RunDatabase(string runs, bool isLocked = false) : IDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Table, string Run), string> _stamps = [];
    private readonly Dictionary<string, string> _columns = new(StringComparer.Ordinal);
    private readonly List<string> _metricOrder = [];
    private readonly HashSet<string> _own = new(StringComparer.OrdinalIgnoreCase);
    private DuckDBConnection? _connection;

    /// <summary>
    /// The rows of the last statement, at most <paramref name="most"/> of them; <paramref name="parameter"/> has the values of <c>$name</c>,
    /// null if there are none.
    /// </summary>
    /// <exception cref="InputException">The query cannot be understood or carried out, or may only ask and does more.</exception>
    public QueryTable Query(string sql, Func<string, object?>? parameter = null, int most = int.MaxValue, CancellationToken cancel = default)
    {
        if (isLocked && SqlText.Refusal(sql) is { } refusal)
            throw new InputException(refusal);
        lock (_gate)
        {
            // It may have been given up while another query ran.
            cancel.ThrowIfCancellationRequested();
            Refresh(sql, cancel);
            try
            {
                return Answer(sql, parameter, most, cancel);
            }
            catch (Exception) when (cancel.IsCancellationRequested)
            {
                throw new OperationCanceledException(cancel);
            }
            catch (Exception e) when (e is DuckDBException or InvalidOperationException)
            {
                throw QueryException.Of(e, Named(sql));
            }
        }
    }

    private QueryTable Answer(string sql, Func<string, object?>? parameter, int most, CancellationToken cancel)
    {
        using var frame = isLocked ? Connection.BeginReadOnly() : null;
        using var command = Connection.Ask(sql, parameter);
        using var registration = cancel.Register(command.Cancel);
        cancel.ThrowIfCancellationRequested();
        using var reader = command.ExecuteReader();
        var table = SqlValues.Read(reader, most);
        while (reader.NextResult())
            table = SqlValues.Read(reader, most);
        return table;
    }

    /// <summary>What is wrong with a query that has not run; null if nothing is, or if only running it would show it.</summary>
    public QueryException? Check(string sql, Func<string, object?>? parameter)
    {
        if (!SqlText.IsOneQuestion(sql) || !_gate.TryEnter(100))
            return null;
        try
        {
            Widen();
            using var command = Connection.Ask("EXPLAIN\n" + sql, parameter);
            using var reader = command.ExecuteReader();
            return null;
        }
        catch (Exception e) when (e is DuckDBException or InvalidOperationException)
        {
            var found = QueryException.Of(e, Named(sql));
            return new QueryException(found.Message, Math.Max(0, found.Line - 1), found.Column, e);
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Tables and views with their columns: (name, type). What a query keeps busy is left out.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<(string Name, string Type)>> Schema()
    {
        if (!_gate.TryEnter(100))
            return RunTables.All.ToDictionary(t => t.Name, t => (IReadOnlyList<(string, string)>)[.. t.Columns.Select(c => (c.Name, c.Type))]);
        try
        {
            Widen();
            return Connection.Tables();
        }
        finally
        {
            _gate.Exit();
        }
    }

    /// <summary>Puts rows under a name, in place of what had it.</summary>
    /// <exception cref="InputException">The name is one of the tables over the runs.</exception>
    public void Share(string name, QueryTable table)
    {
        if (RunTables.All.Select(t => t.Name).Concat(["steps", "metrics"]).Contains(name, StringComparer.OrdinalIgnoreCase))
            throw new InputException($"'{name}' is a table over the runs; expected another name");
        lock (_gate)
        {
            if (_own.TryGetValue(name, out var other) && other != name)
                throw new InputException($"'{name}' differs from '{other}' only in case, and SQL would take one for the other; "
                    + "expected another name");
            // Two columns may have one name in a result, never in a table.
            var columns = table.Columns.Select((c, i) => table.Columns.Take(i).Contains(c, StringComparer.OrdinalIgnoreCase) ? $"{c}_{i + 1}" : c);
            var types = table.Types.Select(SqlValues.TypeOf).ToArray();
            Connection.Run($"DROP TABLE IF EXISTS {SqlText.Quote(name)}");
            Connection.Run($"CREATE TABLE {SqlText.Quote(name)} ({string.Join(", ", columns.Zip(types, (c, t) => $"{SqlText.Quote(c)} {t}"))})");
            _own.Add(name);
            RunTable.Append(Connection, name, table.Select(r => r.Values.Zip(types, SqlValues.Fit).ToArray()));
        }
    }

    public void Dispose()
    {
        lock (_gate)
            _connection?.Dispose();
    }

    // The tables that a query names; all, if it names none of them.
    private Dictionary<string, IReadOnlyList<(string Name, string Type)>> Named(string sql)
    {
        var (words, tables) = (SqlText.Words(sql), Connection.Tables());
        var named = tables.Where(t => words.Contains(t.Key)).ToDictionary();
        return named.Count > 0 ? named : tables;
    }

    private DuckDBConnection Connection => _connection ??= RunConnection.Open(isLocked);

    private void Refresh(string sql, CancellationToken cancel)
    {
        var words = SqlText.Words(sql);
        var names = RunPaths.Names(runs);
        foreach (var table in RunTables.All.Where(t => words.Contains(t.Name)))
            Update(table.Name, table.Files, names, run => (run.Status is RunStatus.Running or RunStatus.Empty, table.Rows(run)), cancel);
        if (words.Contains("steps") || words.Contains("metrics"))
            Update("steps", ["metrics.jsonl"], names, run => (false, Steps(run)), cancel);
    }

    private void Update(string table, IReadOnlyList<string> files, IReadOnlyList<string> names,
        Func<RunReader, (bool Open, IEnumerable<object?[]> Rows)> read, CancellationToken cancel)
    {
        foreach (var gone in _stamps.Keys.Where(k => k.Table == table && !names.Contains(k.Run)).ToArray())
        {
            Connection.Remove(table, gone.Run);
            _stamps.Remove(gone);
        }
        foreach (var name in names)
        {
            cancel.ThrowIfCancellationRequested();
            var folder = Path.Combine(runs, name);
            var stamp = string.Join('|',
                files.Select(f => new FileInfo(Path.Combine(folder, f)) is { Exists: true } file
                    ? $"{file.Length} {file.LastWriteTimeUtc.Ticks}" : ""));
            if (_stamps.GetValueOrDefault((table, name)) == stamp)
                continue;
            if (_stamps.ContainsKey((table, name)))
                Connection.Remove(table, name);
            try
            {
                var (open, rows) = read(RunReader.Open(folder));
                // Rows of steps may bring columns, which must be there before the first is appended.
                RunTable.Append(Connection, table, table == "counts" ? rows : rows.ToArray());
                // Whether an open run still lives shows in its lock, not in these files.
                _stamps[(table, name)] = open && table == "runs" ? "open" : stamp;
            }
            catch (Exception e) when (e is MoELabException or IOException or UnauthorizedAccessException or System.Text.Json.JsonException)
            {
                // A damaged run has no rows here; the list of runs shows what is wrong with it.
                Connection.Remove(table, name);
                _stamps[(table, name)] = stamp;
            }
        }
    }

    // Columns for the metrics that the runs log, without reading their logs whole: what completion and checks need.
    private void Widen()
    {
        foreach (var name in RunPaths.Names(runs))
        {
            var file = new FileInfo(Path.Combine(runs, name, "metrics.jsonl"));
            var stamp = file.Exists ? $"{file.Length}" : "";
            if (_stamps.GetValueOrDefault(("columns", name)) == stamp)
                continue;
            _stamps[("columns", name)] = stamp;
            Add(MetricNames.Of(file.FullName));
        }
    }

    private IEnumerable<object?[]> Steps(RunReader run)
    {
        Add(run.Metrics.Names);
        var columns = _metricOrder.Select(n => run.Metrics.Find(n)).ToArray();
        return run.Metrics.Rows(columns).Select(r => (object?[])[run.Name, r.Step, .. r.Values.Select(v => (object?)v)]);
    }

    // SQL does not tell apart what differs only in case: such metrics get columns of other names, and none answers to the bare one.
    private void Add(IEnumerable<string> metrics)
    {
        var fresh = metrics.Where(n => n is not ("run" or "step") && !_columns.ContainsKey(n)).Distinct(StringComparer.Ordinal).ToArray();
        foreach (var name in fresh)
        {
            var alike = _metricOrder.Where(n => n.Equals(name, StringComparison.OrdinalIgnoreCase)).ToArray();
            foreach (var (i, other) in alike.Index().Where(o => _columns[o.Item] == o.Item))
            {
                var spelled = Spelling(other, i + 1);
                Connection.Run($"ALTER TABLE steps RENAME COLUMN {SqlText.Quote(other)} TO {SqlText.Quote(spelled)}");
                _columns[other] = spelled;
            }
            var reserved = new[] { "run", "step" }.Contains(name, StringComparer.OrdinalIgnoreCase);
            _columns[name] = alike.Length > 0 || reserved ? Spelling(name, alike.Length + 1) : name;
            _metricOrder.Add(name);
            Connection.Run($"ALTER TABLE steps ADD COLUMN {SqlText.Quote(_columns[name])} DOUBLE");
        }
        if (fresh.Length == 0)
            return;
        var renamed = _columns.Where(c => c.Key != c.Value).Select(c => $" WHEN {SqlText.Text(c.Value)} THEN {SqlText.Text(c.Key)}").ToArray();
        var metric = renamed.Length == 0 ? "metric" : $"CASE metric{string.Concat(renamed)} ELSE metric END AS metric";
        Connection.Run($"CREATE OR REPLACE VIEW metrics AS SELECT run, step, {metric}, value "
            + "FROM (UNPIVOT steps ON COLUMNS(* EXCLUDE (run, step)) INTO NAME metric VALUE value)");
    }

    private static string Spelling(string name, int number) => $"{name} (spelling {number})";
}
