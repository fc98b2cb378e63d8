using DuckDB.NET.Data;

namespace MoELab.Query;

/// <summary>Values between DuckDB and .NET.</summary>
internal static class SqlValues
{
    /// <summary>The rows, all of them or the first, each column of the type of its first value.</summary>
    public static QueryTable Read(DuckDBDataReader reader, int most = int.MaxValue)
    {
        var count = reader.FieldCount;
        var rows = new List<object?[]>();
        while (count > 0 && rows.Count < most && reader.Read())
            rows.Add([.. Enumerable.Range(0, count).Select(i => reader.IsDBNull(i) ? null : Simple(reader.GetValue(i)))]);
        return new QueryTable([.. Enumerable.Range(0, count).Select(reader.GetName)],
            [.. Enumerable.Range(0, count)
                .Select(i => rows.Select(r => r[i]).FirstOrDefault(v => v is not null)?.GetType() ?? reader.GetFieldType(i))], rows);
    }

    // Sums of whole numbers come as 128-bit ones.
    private static object Simple(object value) =>
        value is System.Numerics.BigInteger big && big >= long.MinValue && big <= long.MaxValue ? (long)big : value;

    /// <summary>The type of a column for values of a .NET type.</summary>
    public static string TypeOf(Type type) => type switch
    {
        _ when type == typeof(int) || type == typeof(short) || type == typeof(byte) || type == typeof(sbyte) || type == typeof(ushort)
            || type == typeof(uint) || type == typeof(long) => "BIGINT",
        _ when type == typeof(double) || type == typeof(float) || type == typeof(decimal) => "DOUBLE",
        _ when type == typeof(bool) => "BOOLEAN",
        _ when type == typeof(DateTime) => "TIMESTAMP",
        _ => "VARCHAR",
    };

    /// <summary>A value converted for a column of <see cref="TypeOf"/>.</summary>
    public static object? Fit(object? value, string type) => value is null ? null : type switch
    {
        "BIGINT" => Convert.ToInt64(value, CultureInfo.InvariantCulture),
        "DOUBLE" => Convert.ToDouble(value, CultureInfo.InvariantCulture),
        "BOOLEAN" or "TIMESTAMP" => value,
        _ => Convert.ToString(value, CultureInfo.InvariantCulture),
    };
}
