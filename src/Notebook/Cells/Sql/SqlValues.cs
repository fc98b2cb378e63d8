using System.Collections;
using System.Reflection;
using MoELab.Query;

namespace MoELab.Cells.Sql;

/// <summary>Converts C# values for SQL: rows become a table, single values become parameters.</summary>
internal static class SqlValues
{
    /// <summary>Whether a value can be used as <c>$name</c> in a query.</summary>
    public static bool IsSingle(object? value) =>
        value is null or string or decimal or Enum or DateTime or DateTimeOffset or Guid || value.GetType().IsPrimitive;

    /// <summary>A list as rows: a column per property, field or key of its items; single values become the column <c>value</c>.</summary>
    /// <exception cref="InputException">The value is not a list.</exception>
    public static QueryTable Table(string name, object? value)
    {
        if (value is QueryTable table)
            return table;
        if (value is not IEnumerable list || value is string)
            throw new InputException($"'{name}' is a {value?.GetType().Name ?? "null"}; "
                + "expected a list of rows, or a single number, string, boolean or time");
        var rows = list.Cast<object?>().Select(Row).ToArray();
        var columns = rows.SelectMany(r => r.Select(c => c.Name)).Distinct(StringComparer.OrdinalIgnoreCase).ToArray();
        if (columns.Length == 0)
            throw new InputException($"'{name}' is empty, so it has no columns; expected at least one row");
        object?[][] values = [.. rows.Select(r =>
            columns.Select(c => r.FirstOrDefault(f => f.Name.Equals(c, StringComparison.OrdinalIgnoreCase)).Value).ToArray())];
        return new QueryTable(columns,
            [.. columns.Select((_, i) => values.Select(v => v[i]).FirstOrDefault(v => v is not null)?.GetType() ?? typeof(string))], values);
    }

    private static IEnumerable<(string Name, object? Value)> Row(object? item)
    {
        if (IsSingle(item))
            return [("value", item)];
        if (item is IDictionary map)
            return [.. map.Keys.Cast<object>().Select(k => (k.ToString() ?? "", map[k]))];
        var type = item!.GetType();
        // Tuples have only fields; records and anonymous types have properties.
        return type.IsGenericType && type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal)
            ? [.. type.GetFields().Select(f => (f.Name, f.GetValue(item)))]
            : [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                .Where(p => p.CanRead && p.GetIndexParameters().Length == 0).Select(p => (p.Name, p.GetValue(item)))];
    }
}
