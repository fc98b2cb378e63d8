using MoELab.Runs.Control;

namespace MoELab;

/// <summary>Checks a change before it is sent to a run.</summary>
internal static class RunChange
{
    /// <summary>
    /// Rejects a change that is invalid at every point of the run: as it started, after each scheduled change, and after each change that was
    /// sent. Only the run knows when those take effect, so a change that is valid at any of these points passes.
    /// </summary>
    /// <exception cref="InputException">The path or the value is invalid.</exception>
    public static void Check(Recipe recipe, string run, string path, JsonNode? value)
    {
        var states = new List<Recipe> { recipe };
        foreach (var (earlier, to) in recipe.Schedule.SelectMany(c => c.Set).Select(s => (s.Key, s.Value))
            .Concat(Inbox.Read(run).Where(c => c is { Kind: CommandKind.Set, Path: not null }).Select(c => (c.Path!, c.Value))))
        {
            if (Try(states[^1], earlier, to).Next is { } next)
                states.Add(next);
        }
        var tries = states.AsEnumerable().Reverse().Select(s => Try(s, path, value)).ToArray();
        if (tries.All(t => t.Next is null))
            throw tries[0].Refusal!;
    }

    private static (Recipe? Next, InputException? Refusal) Try(Recipe recipe, string path, JsonNode? value)
    {
        try
        {
            return (recipe.Changed(path, value), null);
        }
        catch (InputException e)
        {
            return (null, e);
        }
    }
}
