namespace MoELab.Tests.Hostile;

/// <summary>JSON as people and other programs get it wrong.</summary>
internal static class BadJson
{
    // What stands where something else was expected: every kind, and numbers that fit no type or no list.
    private static readonly string[] Values = ["null", "[]", "{}", "\"text\"", "true", "-1", "1.5", "99999999999", "1e999", "[null]", "{\"name\": 3}", "99999999999999999999"];

    /// <summary>Documents that no reader of an object can use, by what is wrong with them.</summary>
    public static IReadOnlyDictionary<string, byte[]> Documents { get; } = new Dictionary<string, byte[]>
    {
        ["empty"] = [],
        ["cut off"] = "{\"a\": [1, 2"u8.ToArray(),
        ["a key twice"] = "{\"a\": 1, \"a\": 2}"u8.ToArray(),
        ["a key twice below"] = "{\"a\": [{\"b\": {\"c\": 1, \"c\": 1}}]}"u8.ToArray(),
        ["null"] = "null"u8.ToArray(),
        ["a list"] = "[]"u8.ToArray(),
        ["a text"] = "\"text\""u8.ToArray(),
        ["a number too large"] = "1e999"u8.ToArray(),
        ["lists in lists"] = Encoding.UTF8.GetBytes(new string('[', 10_000) + new string(']', 10_000)),
        ["objects in objects"] = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("{\"a\":", 10_000)) + "1" + new string('}', 10_000)),
        ["no UTF-8"] = [.. "{\"a\": \""u8, 0xC3, 0x28, .. "\"}"u8],
        ["half a pair in a key"] = "{\"\\ud800\": 1}"u8.ToArray(),
        ["two documents"] = "{} {}"u8.ToArray(),
        ["a comment"] = "/* */ {}"u8.ToArray(),
        ["bytes of another file"] = [0x1F, 0x8B, 8, 0, 0, 0],
    };

    /// <summary>A good document with one value after another replaced or taken away, <paramref name="each"/> times each.</summary>
    public static IEnumerable<(string What, string Text)> Replaced(string good, int each)
    {
        var places = Places(JsonNode.Parse(good)!, []).ToArray();
        for (var p = 0; p < places.Length; p++)
        {
            for (var n = 0; n < Math.Min(each, Values.Length); n++)
            {
                var value = Values[(p + (n * 5)) % Values.Length];
                yield return (string.Create(CultureInfo.InvariantCulture, $"{string.Join('.', places[p])} = {value}"), With(good, places[p], parent => value));
            }
            yield return ($"{string.Join('.', places[p])} gone", With(good, places[p], parent => null));
        }
    }

    private static string With(string good, object[] place, Func<JsonNode, string?> value)
    {
        var root = JsonNode.Parse(good)!;
        var parent = place[..^1].Aggregate(root, (node, key) => key is string name ? node[name]! : node[(int)key]!);
        var text = value(parent);
        if (place[^1] is string last)
        {
            if (text is null)
                parent.AsObject().Remove(last);
            else
                parent[last] = "\u0001";
        }
        else if (text is null)
        {
            parent.AsArray().RemoveAt((int)place[^1]);
        }
        else
        {
            parent[(int)place[^1]] = "\u0001";
        }
        return root.ToJsonString().Replace("\"\\u0001\"", text ?? "", StringComparison.Ordinal);
    }

    private static IEnumerable<object[]> Places(JsonNode? node, object[] path) => node switch
    {
        JsonObject map => map.SelectMany(p => Places(p.Value, [.. path, p.Key]).Prepend([.. path, p.Key])),
        JsonArray list => list.SelectMany((v, i) => Places(v, [.. path, i]).Prepend([.. path, i])),
        _ => [],
    };
}
