using System.Collections;
using MoELab.Runs.Export;

namespace MoELab.Query;

/// <summary>A query's result: named columns and rows, in memory.</summary>
public sealed class QueryTable : IReadOnlyList<QueryRow>
{
    private readonly IReadOnlyList<QueryRow> _rows;

    internal QueryTable(IReadOnlyList<string> columns, IReadOnlyList<Type> types, IEnumerable<object?[]> rows)
    {
        (Columns, Types) = (columns, types);
        _rows = [.. rows.Select(r => new QueryRow(this, r))];
    }

    /// <summary>Names of the columns.</summary>
    public IReadOnlyList<string> Columns { get; }

    /// <summary>.NET types of the columns.</summary>
    public IReadOnlyList<Type> Types { get; }

    /// <summary>How many rows.</summary>
    public int Count => _rows.Count;

    /// <summary>A row.</summary>
    public QueryRow this[int row] => _rows[row];

    /// <summary>A column's values by its name: <c>table["loss"]</c>.</summary>
    /// <exception cref="InputException">No such column.</exception>
    public IReadOnlyList<object?> this[string column]
    {
        get
        {
            var index = Index(column);
            return [.. _rows.Select(r => r.Values[index])];
        }
    }

    /// <summary>A column as a type: <c>table.Column&lt;double&gt;("loss")</c>.</summary>
    /// <exception cref="InputException">No such column, or a value is of another type.</exception>
    public T?[] Column<T>(string column) => [.. _rows.Select(r => r.Get<T>(column))];

    /// <inheritdoc/>
    public IEnumerator<QueryRow> GetEnumerator() => _rows.GetEnumerator();

    /// <summary>Writes comma-separated values (RFC 4180) with a line of titles.</summary>
    public void SaveCsv(string path)
    {
        var text = new StringBuilder();
        foreach (var row in _rows.Select(r => r.Values.Select(v => Convert.ToString(v, CultureInfo.InvariantCulture) ?? "")).Prepend(Columns))
            text.Append(string.Join(',', row.Select(RunExport.Quote))).Append("\r\n");
        File.WriteAllText(path, text.ToString());
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    /// <summary>The one value of a table of one row and one column.</summary>
    internal bool TrySingle(out object? value)
    {
        value = Count == 1 && Columns.Count == 1 ? _rows[0].Values[0] : null;
        return Count == 1 && Columns.Count == 1;
    }

    internal int Index(string column)
    {
        foreach (var comparison in new[] { StringComparison.Ordinal, StringComparison.OrdinalIgnoreCase })
            for (var i = 0; i < Columns.Count; i++)
                if (string.Equals(Columns[i], column, comparison))
                    return i;
        throw new InputException($"column '{column}': not in this table{Names.Hint(column, [.. Columns])}");
    }
}
