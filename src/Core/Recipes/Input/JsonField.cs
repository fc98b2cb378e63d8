using System.Text.Json;

namespace MoELab.Recipes.Input;

/// <summary>A value in somebody else's JSON, with its place. Methods throw an <see cref="InputException"/> if it is of another kind.</summary>
/// <param name="File">The document, as errors call it.</param>
/// <param name="Path">The place in it, such as <c>metadata.kernelspec.name</c>; empty for the whole.</param>
/// <param name="Node">The value; null where it is absent or <c>null</c>.</param>
internal readonly record struct JsonField(string File, string Path, JsonNode? Node)
{
    public bool Exists => Node is not null;

    /// <summary>A key's value; absent if this is absent or has no such key.</summary>
    public JsonField this[string key] => new(File, Path.Length == 0 ? key : $"{Path}.{key}", Node is null ? null : AsObject()[key]);

    public JsonObject AsObject() => Node as JsonObject ?? throw Unfit("an object");

    /// <summary>The keys and values of the object; none if it is absent.</summary>
    public IEnumerable<(string Key, JsonField Value)> Entries()
    {
        if (Node is null)
            return [];
        var self = this;
        return AsObject().Select(p => (p.Key, self[p.Key]));
    }

    public IReadOnlyList<JsonField> Items(string expected = "a list")
    {
        var (file, path) = (File, Path);
        return Node is JsonArray list ? [.. list.Select((n, i) => new JsonField(file, path.Length == 0 ? $"item {i}" : $"{path}[{i}]", n))]
            : throw Unfit(expected);
    }

    public string Text() => Value<string>("text");
    public bool Flag() => Value<bool>("true or false");
    public long Whole() => Value<long>("a whole number");
    public ulong Unsigned() => Value<ulong>("a whole number from 0");
    public int Int() => Value<int>("a whole number of 32 bits");

    public int Int(int least, int most) =>
        Value<int>(FormattableString.Invariant($"a whole number from {least} to {most}"), number => number >= least && number <= most);

    /// <summary>A finite number.</summary>
    public double Number() => Value<double>("a number", double.IsFinite);

    /// <summary>The value as the serializer reads it.</summary>
    public T As<T>(string expected, JsonSerializerOptions? options = null)
    {
        try
        {
            return Node.Deserialize<T>(options) ?? throw Unfit(expected);
        }
        catch (Exception e) when (e is JsonException or NotSupportedException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw Unfit(expected, e);
        }
    }

    /// <summary>An exception that states what is here and what was expected.</summary>
    public InputException Unfit(string expected, Exception? cause = null)
    {
        var isItem = Path.EndsWith(']') || Path.StartsWith("item ", StringComparison.Ordinal);
        var value = Node?.ToJsonString() ?? (isItem ? "null" : "absent");
        if (value.Length > 80)
            value = value[..80] + "...";
        var text = $"{File}: {(Path.Length == 0 ? "the document" : Path)} is {value}; expected {expected}";
        return cause is null ? new InputException(text) : new InputException(text, cause);
    }

    private T Value<T>(string expected, Func<T, bool>? isAllowed = null) =>
        Node is JsonValue v && v.TryGetValue<T>(out var value) && isAllowed?.Invoke(value) != false ? value : throw Unfit(expected);
}
