using System.Text.Json;

namespace MoELab.Runs.Log;

/// <summary>The numbers of one optimizer step, in the order in which they were added.</summary>
public sealed class MetricRow
{
    private readonly OrderedDictionary<string, double> _values = [];

    /// <summary>A row for a step.</summary>
    public MetricRow(int step)
    {
        Step = step;
        this["step"] = step;
    }

    /// <summary>The optimizer step, from 1.</summary>
    public int Step { get; }

    /// <summary>Keys in order.</summary>
    public IReadOnlyList<string> Keys => _values.Keys;

    /// <summary>Keys and values.</summary>
    public IReadOnlyDictionary<string, double> Values => _values;

    /// <summary>A value by key.</summary>
    public double this[string key]
    {
        get => _values[key];
        set => _values[key] = value;
    }

    /// <summary>The row as one line of JSON; NaN and infinities become null.</summary>
    public string ToJson()
    {
        using var buffer = new MemoryStream();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            foreach (var (key, value) in _values)
            {
                writer.WritePropertyName(key);
                if (!double.IsFinite(value))
                    writer.WriteNullValue();
                else if (value == Math.Floor(value) && Math.Abs(value) < 1e15)
                    writer.WriteNumberValue((long)value);
                else
                    writer.WriteRawValue(value.ToString("R", CultureInfo.InvariantCulture));
            }
            writer.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
