using System.Text.Json;

namespace MoELab.Data.Sources;

/// <summary>
/// JSON Lines: one object per line, the document in its <c>text</c> field; blank lines and lines with a null text are skipped. A line may have
/// at most 64 MiB and 10,000 levels. An escape of half a surrogate pair becomes U+FFFD.
/// </summary>
[Plugin("jsonl", "JSON Lines with a text field")]
public sealed class JsonLinesReader : ICorpusReader
{
    /// <summary>Maximum nesting of lists and objects.</summary>
    internal const int MaxDepth = 10_000;

    private readonly string[] _path;
    private readonly string _field;

    /// <summary>A reader of one field.</summary>
    public JsonLinesReader(JsonLinesOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        (_field, _path) = (options.Field, options.Field.Split('.'));
    }

    /// <inheritdoc/>
    public IReadOnlyCollection<string> Extensions { get; } = [".jsonl", ".ndjson"];

    /// <inheritdoc/>
    public IEnumerable<string?> Read(string path)
    {
        using var file = Utf8Text.Open(path);
        foreach (var text in Read(file, path))
            yield return text;
    }

    /// <inheritdoc/>
    public IEnumerable<string?> Read(Stream content, string path)
    {
        var number = 0L;
        foreach (var line in Utf8Lines.Read(content, path))
        {
            number++;
            if (line.Span.IndexOfAnyExcept(" \t\r"u8) >= 0)
                yield return Text(line.Span, path, number);
        }
    }

    private string? Text(ReadOnlySpan<byte> line, string path, long number)
    {
        var found = false;
        string? text = null;
        try
        {
            var reader = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = MaxDepth });
            reader.Read();
            if (reader.TokenType == JsonTokenType.StartObject)
                Find(ref reader, 0, ref found, ref text);
            else
                reader.Skip();
            // Anything after the object is also an error.
            while (reader.Read())
            {
            }
        }
        catch (JsonException e)
        {
            var why = e.Message.Contains("maximum configured depth", StringComparison.Ordinal)
                ? $"is nested deeper than {MaxDepth:N0} levels" : $"is not JSON at byte {e.BytePositionInLine ?? 0}";
            throw new InputException($"{path}: line {number} {why}; expected an object with a {_field} field", e);
        }
        catch (InputException e)
        {
            throw new InputException($"{path}: line {number} {e.Message}", e);
        }
        return found ? text
            : throw new InputException($"{path}: line {number} has no {_field}; expected an object with a string in its {_field} field");
    }

    // The reader is at the start of an object and moves to its end.
    private void Find(ref Utf8JsonReader reader, int level, ref bool found, ref string? text)
    {
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            var named = JsonText.Is(ref reader, _path[level]);
            reader.Read();
            if (named && level < _path.Length - 1 && reader.TokenType == JsonTokenType.StartObject)
            {
                Find(ref reader, level + 1, ref found, ref text);
            }
            else if (named && level == _path.Length - 1)
            {
                if (found)
                    throw new InputException($"has {_field} twice; expected one");
                found = reader.TokenType is JsonTokenType.String or JsonTokenType.Null
                    ? true
                    : throw new InputException($"has {Kind(reader.TokenType)} in its {_field} field; expected a string or null");
                text = reader.TokenType == JsonTokenType.String ? JsonText.Of(ref reader) : null;
            }
            else
            {
                reader.Skip();
            }
        }
    }

    private static string Kind(JsonTokenType type) => type switch
    {
        JsonTokenType.StartObject => "an object",
        JsonTokenType.StartArray => "an array",
        JsonTokenType.Number => "a number",
        _ => "true or false",
    };
}
