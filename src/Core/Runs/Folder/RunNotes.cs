using MoELab.Recipes.Input;

namespace MoELab.Runs.Folder;

/// <summary>What somebody wrote about a run: <c>notes.json</c>. The training neither reads nor changes it.</summary>
internal sealed record RunNotes
{
    public const string FileName = "notes.json";

    public const int MostBytes = 1 << 20;

    public const int MostTags = 32;

    public const int MostTag = 64;

    public const int MostText = 20_000;

    /// <summary>Short words to filter by, in order.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Free text.</summary>
    public string Text { get; init; } = "";

    /// <summary>Whether lists leave the run out unless they are asked for all.</summary>
    public bool Archived { get; init; }

    /// <summary>The notes of a run; empty ones where it has none.</summary>
    /// <exception cref="InputException">The file is not one of notes.</exception>
    public static RunNotes Read(string run)
    {
        var path = Path.Combine(run, FileName);
        if (!File.Exists(path))
            return new RunNotes();
        var notes = InputJson.Read(path, "the notes of a run", MostBytes);
        return new RunNotes
        {
            Tags = notes["tags"].Exists ? [.. notes["tags"].Items("a list of tags").Select(t => t.Text())] : [],
            Text = notes["text"].Exists ? notes["text"].Text() : "",
            Archived = notes["archived"].Exists && notes["archived"].Flag(),
        }.Checked();
    }

    /// <summary>Writes the notes of a run.</summary>
    /// <exception cref="InputException">They are too long, or the run's folder is gone.</exception>
    public void Write(string run)
    {
        if (!RunPaths.IsRun(run))
            throw new InputException($"run '{Path.GetFileName(run)}': its folder is gone, so its notes cannot be kept");
        var notes = Checked();
        var node = new JsonObject
        {
            ["tags"] = new JsonArray([.. notes.Tags.Select(t => (JsonNode)t)]),
            ["text"] = notes.Text,
            ["archived"] = notes.Archived,
        };
        try
        {
            RunFolder.WriteAtomically(Path.Combine(run, FileName), node.ToJsonString(OptionsBinder.Json) + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"run '{Path.GetFileName(run)}': its notes cannot be written ({e.Message.TrimEnd('.')})", e);
        }
    }

    private RunNotes Checked()
    {
        var tags = Tags.Select(t => t.Trim()).Where(t => t.Length > 0).Distinct(StringComparer.Ordinal).ToArray();
        if (tags.Length > MostTags)
            throw new InputException($"notes: {tags.Length} tags; expected at most {MostTags}");
        if (tags.FirstOrDefault(t => t.Length > MostTag || t.Contains(',', StringComparison.Ordinal)) is { } wrong)
            throw new InputException($"notes: tag '{wrong[..Math.Min(wrong.Length, MostTag)]}'; expected at most {MostTag} characters and no comma");
        if (Text.Length > MostText)
            throw new InputException($"notes: {Text.Length:N0} characters; expected at most {MostText:N0}");
        return this with { Tags = tags };
    }
}
