using System.Text.Json;
using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>JSON Lines: one object per line, the document in its <c>text</c> field; blank lines are skipped.</summary>
[Plugin("jsonl", "JSON Lines with a text field")]
public sealed class JsonLinesReader : ICorpusReader
{
    /// <inheritdoc/>
    public IReadOnlyCollection<string> Extensions { get; } = [".jsonl", ".ndjson"];

    /// <inheritdoc/>
    public IEnumerable<string> Read(string path)
    {
        var bytes = Utf8Text.ReadBytes(path);
        var number = 0;
        for (var at = Utf8Text.Start(bytes); at < bytes.Length;)
        {
            var end = Array.IndexOf(bytes, (byte)'\n', at);
            if (end < 0)
                end = bytes.Length;
            number++;
            var line = bytes.AsMemory(at, end - at);
            at = end + 1;
            if (line.Span.IndexOfAnyExcept(" \t\r"u8) < 0)
                continue;
            yield return Text(line, path, number);
        }
    }

    private static string Text(ReadOnlyMemory<byte> line, string path, int number)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind == JsonValueKind.Object && json.RootElement.TryGetProperty("text", out var text) && text.ValueKind == JsonValueKind.String)
                return text.GetString()!;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RecipeException($"{path}: line {number} is no JSON; expected an object with a text field", e);
        }
        throw new RecipeException($"{path}: line {number} has no text; expected an object with a string in its text field");
    }
}
