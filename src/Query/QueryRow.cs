namespace MoELab.Query;

/// <summary>One row of a query's result.</summary>
public sealed class QueryRow
{
    private readonly QueryTable _table;
    internal QueryRow(QueryTable table, object?[] values) => (_table, Values) = (table, values);

    /// <summary>The values in the order of the columns; null for SQL's NULL.</summary>
    public IReadOnlyList<object?> Values { get; }

    /// <summary>A value by its column's name.</summary>
    /// <exception cref="InputException">No such column.</exception>
    public object? this[string column] => Values[_table.Index(column)];

    /// <summary>A value as a type: <c>row.Get&lt;double&gt;("loss")</c>; NULL gives the type's default.</summary>
    /// <exception cref="InputException">No such column, or the value is of another type.</exception>
    public T? Get<T>(string column)
    {
        var value = this[column];
        try
        {
            return value switch
            {
                null => default,
                T same => same,
                _ => (T)Convert.ChangeType(value, Nullable.GetUnderlyingType(typeof(T)) ?? typeof(T),
                    System.Globalization.CultureInfo.InvariantCulture),
            };
        }
        catch (Exception e) when (e is InvalidCastException or FormatException or OverflowException)
        {
            throw new InputException($"column '{column}': {value} is a {value!.GetType().Name}; expected what fits a {typeof(T).Name}", e);
        }
    }
}
