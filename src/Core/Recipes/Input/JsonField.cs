using System.Text.Json;

namespace MoELab.Recipes.Input;

/// <summary>One value of a JSON document that somebody else wrote, with its place. A value of another kind than the one asked for is one sentence.</summary>
/// <param name="File">The document, as errors call it.</param>
/// <param name="Path">The place in it, such as <c>metadata.kernelspec.name</c>; empty for the whole.</param>
/// <param name="Node">The value; null where it is absent or <c>null</c>.</param>
internal readonly record struct JsonField(string File, string Path, JsonNode? Node)
{
    /// <summary>Whether there is a value other than <c>null</c>.</summary>
    public bool Exists => Node is not null;

    /// <summary>A key's value; absent where this has no such key.</summary>
    /// <exception cref="InputException">This is a value, but not an object.</exception>
    public JsonField this[string key] => new(File, Path.Length == 0 ? key : $"{Path}.{key}", Node is null ? null : AsObject()[key]);

    /// <summary>The object.</summary>
    /// <exception cref="InputException">It is not one.</exception>
    public JsonObject AsObject() => Node as JsonObject ?? throw Unfit("an object");

    /// <summary>The keys and values of the object; none where it is absent.</summary>
    /// <exception cref="InputException">It is there and not an object.</exception>
    public IEnumerable<(string Key, JsonField Value)> Entries()
    {
        if (Node is null)
            return [];
        var self = this;
        return AsObject().Select(p => (p.Key, self[p.Key]));
    }

    /// <summary>The items of the list.</summary>
    /// <param name="expected">What an error says should be here.</param>
    /// <exception cref="InputException">It is not a list.</exception>
    public IReadOnlyList<JsonField> Items(string expected = "a list")
    {
        var (file, path) = (File, Path);
        return Node is JsonArray list ? [.. list.Select((n, i) => new JsonField(file, path.Length == 0 ? $"item {i}" : $"{path}[{i}]", n))] : throw Unfit(expected);
    }

    /// <summary>The text.</summary>
    /// <exception cref="InputException">It is not a text.</exception>
    public string Text() => Node is JsonValue v && v.TryGetValue<string>(out var text) ? text : throw Unfit("text");

    /// <summary>The whole number.</summary>
    /// <exception cref="InputException">It is not a whole number of 64 bits.</exception>
    public long Whole() => Node is JsonValue v && v.TryGetValue<long>(out var number) ? number : throw Unfit("a whole number");

    /// <summary>The whole number of 32 bits.</summary>
    /// <exception cref="InputException">It is not one.</exception>
    public int Int() => Node is JsonValue v && v.TryGetValue<int>(out var number) ? number : throw Unfit("a whole number of 32 bits");

    /// <summary>The whole number within bounds.</summary>
    /// <exception cref="InputException">It is not one, or lies outside of them.</exception>
    public int Int(int least, int most) => Node is JsonValue v && v.TryGetValue<int>(out var number) && number >= least && number <= most
        ? number : throw Unfit(string.Create(CultureInfo.InvariantCulture, $"a whole number from {least} to {most}"));

    /// <summary>The whole number of 64 bits without a sign.</summary>
    /// <exception cref="InputException">It is not one.</exception>
    public ulong Unsigned() => Node is JsonValue v && v.TryGetValue<ulong>(out var number) ? number : throw Unfit("a whole number from 0");

    /// <summary>The number.</summary>
    /// <exception cref="InputException">It is not a finite number.</exception>
    public double Number() => Node is JsonValue v && v.TryGetValue<double>(out var number) && double.IsFinite(number) ? number : throw Unfit("a number");

    /// <summary>The truth value.</summary>
    /// <exception cref="InputException">It is neither true nor false.</exception>
    public bool Flag() => Node is JsonValue v && v.TryGetValue<bool>(out var flag) ? flag : throw Unfit("true or false");

    /// <summary>The value as a type of the library's own.</summary>
    /// <exception cref="InputException">It does not fit.</exception>
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

    /// <summary>A sentence that says what is here and what was expected.</summary>
    public InputException Unfit(string expected, Exception? cause = null)
    {
        var isItem = Path.EndsWith(']') || Path.StartsWith("item ", StringComparison.Ordinal);
        var value = Node?.ToJsonString() ?? (isItem ? "null" : "absent");
        if (value.Length > 80)
            value = value[..80] + "...";
        var text = $"{File}: {(Path.Length == 0 ? "the document" : Path)} is {value}; expected {expected}";
        return cause is null ? new InputException(text) : new InputException(text, cause);
    }
}
