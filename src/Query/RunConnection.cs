using DuckDB.NET.Data;

namespace MoELab.Query;

/// <summary>A DuckDB in memory with the tables over the runs, still empty, and what is done with one.</summary>
internal static class RunConnection
{
    /// <summary>A new one; the caller disposes it.</summary>
    /// <param name="isLocked">Whether it reaches no file and no network.</param>
    public static DuckDBConnection Open(bool isLocked = false)
    {
        var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        connection.Run("CREATE TABLE steps (run VARCHAR, step INTEGER)");
        foreach (var table in RunTables.All)
            connection.Run(table.Definition);
        connection.Run("CREATE VIEW metrics AS SELECT NULL::VARCHAR AS run, NULL::INTEGER AS step, NULL::VARCHAR AS metric, NULL::DOUBLE AS value "
            + "WHERE false");
        if (isLocked)
            connection.Run("SET enable_external_access = false; SET lock_configuration = true");
        return connection;
    }

    /// <summary>A question with the values of its <c>$name</c>.</summary>
    /// <exception cref="InputException">There are no values.</exception>
    public static DuckDBCommand Ask(this DuckDBConnection connection, string sql, Func<string, object?>? parameter)
    {
        var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var name in SqlText.Parameters(sql))
        {
            if (parameter is null)
                throw new InputException($"${name}: no variables here; write the value itself");
            command.Parameters.Add(new DuckDBParameter(name, parameter(name) ?? DBNull.Value));
        }
        return command;
    }

    /// <summary>Until it is disposed of, nothing can be changed.</summary>
    public static IDisposable BeginReadOnly(this DuckDBConnection connection)
    {
        connection.Run("BEGIN TRANSACTION READ ONLY");
        return new ReadOnlyFrame(connection);
    }

    /// <summary>Tables and views with their columns: (name, type).</summary>
    public static Dictionary<string, IReadOnlyList<(string Name, string Type)>> Tables(this DuckDBConnection connection)
    {
        using var command = connection.CreateCommand();
        command.CommandText = "SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal ORDER BY table_name, column_index";
        using var reader = command.ExecuteReader();
        return SqlValues.Read(reader).GroupBy(r => (string)r.Values[0]!)
            .ToDictionary(g => g.Key, g => (IReadOnlyList<(string, string)>)[.. g.Select(r => ((string)r.Values[1]!, (string)r.Values[2]!))]);
    }

    public static void Remove(this DuckDBConnection connection, string table, string run) =>
        connection.Run($"DELETE FROM {table} WHERE run = {SqlText.Text(run)}");

    public static void Run(this DuckDBConnection connection, string sql)
    {
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        command.ExecuteNonQuery();
    }

    private sealed class ReadOnlyFrame(DuckDBConnection connection) : IDisposable
    {
        public void Dispose() => connection.Run("ROLLBACK");
    }
}
