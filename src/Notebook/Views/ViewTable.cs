using System.Globalization;
using System.Text;

namespace MoELab.Views;

/// <summary>The data of a view: named columns, rows of numbers and texts.</summary>
/// <param name="Columns">Column names.</param>
/// <param name="Rows">One cell per column: a number, a text, or null for none.</param>
public sealed record ViewTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows)
{
    /// <summary>A header and one line per row; numbers in the invariant culture and in full precision.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder().AppendJoin(',', Columns.Select(Quote)).Append('\n');
        foreach (var row in Rows)
            text.AppendJoin(',', row.Select(cell => Quote(Convert.ToString(cell, CultureInfo.InvariantCulture) ?? ""))).Append('\n');
        return text.ToString();
    }

    /// <summary>Several series over one x column: the union of their x values, null where a series has none.</summary>
    internal static ViewTable Join(string x, IReadOnlyList<Series> series)
    {
        var rows = new SortedDictionary<double, object?[]>();
        for (var s = 0; s < series.Count; s++)
            for (var i = 0; i < series[s].X.Count; i++)
            {
                if (!rows.TryGetValue(series[s].X[i], out var row))
                    rows[series[s].X[i]] = row = new object?[series.Count + 1];
                row[0] = series[s].X[i];
                row[s + 1] = series[s].Y[i];
            }
        return new ViewTable([x, .. series.Select(s => s.Name)], [.. rows.Values]);
    }

    private static string Quote(string cell) =>
        cell.AsSpan().IndexOfAny(",\"\n\r") < 0 ? cell : "\"" + cell.Replace("\"", "\"\"", StringComparison.Ordinal) + "\"";
}
