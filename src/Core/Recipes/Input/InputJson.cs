using System.Text.Json;

namespace MoELab.Recipes.Input;

/// <summary>
/// JSON that somebody else wrote. Whatever is wrong with it (no JSON, a key that occurs twice, too deep, too large, another kind of
/// value) is one sentence with the file and the place.
/// </summary>
internal static class InputJson
{
    /// <summary>The default limit of a file, in bytes.</summary>
    public const long MostBytes = 64L << 20;

    /// <summary>The default limit of nesting.</summary>
    public const int MostDepth = 64;

    private const int MostReason = 160;

    public static JsonField Read(string path, string expected, long mostBytes = MostBytes, int mostDepth = MostDepth) =>
        Parse(InputFile.ReadBytes(path, mostBytes, expected), path, expected, mostDepth);

    /// <summary>Reads text; errors call its place <paramref name="file"/>.</summary>
    public static JsonField Parse(string text, string file, string expected, int mostDepth = MostDepth)
    {
        byte[] bytes;
        try
        {
            bytes = new UTF8Encoding(false, throwOnInvalidBytes: true).GetBytes(text);
        }
        catch (EncoderFallbackException e)
        {
            throw new InputException($"{file}: not JSON (half of a surrogate pair); expected {expected}", e);
        }
        return Parse(bytes, file, expected, mostDepth);
    }

    /// <inheritdoc cref="Parse(string, string, string, int)"/>
    public static JsonField Parse(ReadOnlySpan<byte> text, string file, string expected, int mostDepth = MostDepth) =>
        Strictly(text, file, expected, utf8 =>
        {
            var field = new JsonField(file, "", JsonNode.Parse(utf8, documentOptions: Strict(mostDepth)));
            CheckText(field);
            return field;
        });

    /// <summary>The same as an element, which takes less memory and time for a large file; its texts are checked when they are read.</summary>
    /// <inheritdoc cref="Parse(string, string, string, int)"/>
    public static JsonElement Element(ReadOnlySpan<byte> text, string file, string expected, int mostDepth = MostDepth) =>
        Strictly(text, file, expected, utf8 => JsonElement.Parse(utf8, Strict(mostDepth)));

    private static JsonDocumentOptions Strict(int mostDepth) => new() { MaxDepth = mostDepth, AllowDuplicateProperties = false };

    private static T Strictly<T>(ReadOnlySpan<byte> text, string file, string expected, Func<ReadOnlySpan<byte>, T> read)
    {
        if (text.StartsWith("\uFEFF"u8))
            text = text[3..];
        if (!System.Text.Unicode.Utf8.IsValid(text))
            throw new InputException($"{file}: not JSON (bytes that are not UTF-8); expected {expected}");
        try
        {
            return read(text);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw NotJson(e, text, file, expected);
        }
    }

    private static InputException NotJson(Exception e, ReadOnlySpan<byte> text, string file, string expected)
    {
        if (e is JsonException && e.Message.StartsWith("Duplicate property", StringComparison.Ordinal))
            return new InputException($"{file}: {Twice(text)}; expected {expected}", e);
        var why = e is JsonException wrong
            ? string.Create(CultureInfo.InvariantCulture, $"at line {(wrong.LineNumber ?? 0) + 1} ({Reason(wrong)})")
            : "(half of a surrogate pair in a key)";
        return new InputException($"{file}: not JSON {why}; expected {expected}", e);
    }

    // The library reports the key, but not the place of its second occurrence.
    private static string Twice(ReadOnlySpan<byte> text)
    {
        var open = new Stack<HashSet<string>>();
        var reader = new Utf8JsonReader(text, new JsonReaderOptions { MaxDepth = int.MaxValue });
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.StartObject)
                open.Push([]);
            else if (reader.TokenType == JsonTokenType.EndObject)
                open.Pop();
            else if (reader.TokenType == JsonTokenType.PropertyName && !open.Peek().Add(reader.GetString()!))
                return $"the key '{reader.GetString()}' occurs twice, the second time at line "
                    + (text[..(int)reader.TokenStartIndex].Count((byte)'\n') + 1);
        }
        return "a key occurs twice";
    }

    // Texts are decoded when they are read; an escape such as \ud800 alone must fail here and not wherever that is.
    private static void CheckText(JsonField field)
    {
        try
        {
            if (field.Node is JsonObject)
                foreach (var (_, value) in field.Entries())
                    CheckText(value);
            else if (field.Node is JsonArray list)
                foreach (var item in list)
                    CheckText(field with { Node = item });
            else if (field.Node?.GetValueKind() == JsonValueKind.String)
                field.Node.GetValue<string>();
        }
        catch (InvalidOperationException e)
        {
            throw new InputException($"{field.File}: {(field.Path.Length == 0 ? "the document" : field.Path)} contains half of a surrogate pair; "
                + "expected text", e);
        }
    }

    // The library appends places of its own and advice about its settings.
    private static string Reason(JsonException e)
    {
        var text = e.Message;
        foreach (var end in new[] { " Path: ", " LineNumber: ", " Change the reader", " Consider increasing" })
            if (text.IndexOf(end, StringComparison.Ordinal) is var at and >= 0)
                text = text[..at];
        text = text.TrimEnd('.', ' ').ReplaceLineEndings(" ");
        return text.Length <= MostReason ? text : text[..MostReason] + "...";
    }
}
