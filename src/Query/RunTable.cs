using DuckDB.NET.Data;
using MoELab.Runs.Reading;

namespace MoELab.Query;

/// <summary>One table over the run folders: how it looks, and how a run's rows come into it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Summary">One line for completion.</param>
/// <param name="Columns">Name, SQL type and meaning of each column.</param>
/// <param name="Files">The files of a run that its rows come from; while these do not change, neither do the rows.</param>
/// <param name="Rows">A run's rows; nothing for a run that has none yet.</param>
internal sealed record RunTable(string Name, string Summary, IReadOnlyList<(string Name, string Type, string Meaning)> Columns,
    IReadOnlyList<string> Files, Func<RunReader, IEnumerable<object?[]>> Rows)
{
    /// <summary>The statement that makes it.</summary>
    public string Definition => $"CREATE TABLE {Name} ({string.Join(", ", Columns.Select(c => $"\"{c.Name}\" {c.Type}"))})";

    public static void Append(DuckDBConnection connection, string table, IEnumerable<object?[]> rows)
    {
        using var appender = connection.CreateAppender(table);
        foreach (var values in rows)
        {
            var row = appender.CreateRow();
            foreach (var value in values)
            {
                _ = value switch
                {
                    null => row.AppendNullValue(),
                    string text => row.AppendValue(text),
                    int number => row.AppendValue(number),
                    long number => row.AppendValue(number),
                    double number when double.IsNaN(number) => row.AppendNullValue(),
                    double number => row.AppendValue(number),
                    bool flag => row.AppendValue(flag),
                    DateTime time => row.AppendValue(time),
                    _ => row.AppendValue(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)),
                };
            }
            row.EndRow();
        }
    }
}
