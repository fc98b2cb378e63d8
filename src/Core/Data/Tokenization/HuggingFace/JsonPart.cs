using System.Text.Json;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>A value in a JSON file with its path, so that every error names both.</summary>
internal sealed record JsonPart(JsonElement Value, string File, string Place)
{
    /// <summary>Whether the value is missing or <c>null</c>.</summary>
    public bool IsNull => Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public bool IsObject => Value.ValueKind == JsonValueKind.Object;
    public bool IsList => Value.ValueKind == JsonValueKind.Array;

    /// <summary>The value of a key; null if it is missing.</summary>
    public JsonPart this[string key] =>
        new(RequireObject().TryGetProperty(key, out var value) ? value : default, File, Place.Length == 0 ? key : $"{Place}.{key}");

    /// <summary>The component's key <c>type</c>, after checking that it is supported and that the component has no unknown keys.</summary>
    /// <param name="supported">Each supported type, followed by its other keys, separated by spaces.</param>
    public string Component(params string[] supported)
    {
        var (type, known) = (this["type"].Text(), supported.Select(s => s.Split(' ')).ToArray());
        Only(["type", .. (known.FirstOrDefault(k => k[0] == type)
            ?? throw this["type"].Error($"is '{type}', which is not supported; expected {string.Join(", ", known.Select(k => k[0]))}"))[1..]]);
        return type;
    }

    /// <summary>An error about this value.</summary>
    public InputException Error(string what) => new($"{File}: {(Place.Length == 0 ? "the file" : Place)} {what}");

    public string Text() => Value.ValueKind == JsonValueKind.String ? Value.GetString()! : throw Wrong("a string");

    public bool Flag(bool unless) => Value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ when IsNull => unless,
        _ => throw Wrong("true or false"),
    };

    /// <summary>A token's id.</summary>
    public int Id() => Value.ValueKind == JsonValueKind.Number && Value.TryGetInt32(out var id) && id is >= 0 and < TokenizerFile.MaxIds
        ? id : throw Wrong($"an id from 0 to {TokenizerFile.MaxIds - 1}");

    public double Number() => Value.ValueKind == JsonValueKind.Number ? Value.GetDouble() : throw Wrong("a number");

    public IEnumerable<JsonPart> Items() =>
        IsList ? Value.EnumerateArray().Select((item, i) => new JsonPart(item, File, $"{Place}[{i}]")) : throw Wrong("a list");

    public IEnumerable<(string Name, JsonPart Value)> Fields() =>
        RequireObject().EnumerateObject().Select(p => (p.Name, new JsonPart(p.Value, File, $"{Place}['{p.Name}']")));

    /// <summary>Rejects any other keys, so that nothing is silently ignored.</summary>
    public JsonPart Only(params ReadOnlySpan<string> keys)
    {
        foreach (var property in RequireObject().EnumerateObject())
        {
            if (!keys.Contains(property.Name))
                throw Error($"has an unknown key '{property.Name}'; expected {string.Join(", ", keys!)}");
        }
        return this;
    }

    private JsonElement RequireObject() => IsObject ? Value : throw Wrong("an object");

    private InputException Wrong(string expected)
    {
        var raw = IsNull ? "missing" : Value.GetRawText();
        return Error($"is {(raw.Length <= 40 ? raw : $"{raw[..40]}...")}; expected {expected}");
    }
}
