namespace MoELab.Data;

/// <summary>The list <c>added_tokens</c>.</summary>
internal static class AddedTokenReader
{
    /// <param name="list">The list; may be absent.</param>
    /// <param name="vocabulary">The model's tokens and ids.</param>
    /// <param name="ours">Written by an earlier MoELab, whose ids are meant as they stand.</param>
    public static List<AddedToken> Read(JsonPart list, Dictionary<string, int> vocabulary, bool ours)
    {
        var added = new List<AddedToken>();
        if (list.IsNull)
            return added;
        var taken = new Dictionary<int, string>(vocabulary.Select(v => KeyValuePair.Create(v.Value, v.Key)));
        var contents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in list.Items())
        {
            item.Only("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            var (id, content) = (item["id"].Id(), item["content"].Text());
            if (content.Length == 0)
                throw item["content"].Error("is empty; expected the token's text");
            if (!contents.Add(content))
                throw item["content"].Error($"'{content}' stands in the list twice; expected each token once");
            // The library takes the vocabulary's id, or the next that is free, and pays no heed to the one in the list.
            var given = vocabulary.TryGetValue(content, out var own) ? own : NextId(vocabulary.Count, added.Select(a => a.Id));
            if (!ours && id != given)
                throw item["id"].Error($"is {id}, where Hugging Face's library gives '{content}' the id {given}; expected the vocabulary's id or the next free one");
            if (taken.TryGetValue(id, out var other) && other != content)
                throw item["id"].Error($"is {id}, which is the id of '{other}' too; expected an id for each token");
            taken[id] = content;
            var special = item["special"].Flag(false);
            added.Add(new AddedToken(id, content, item["single_word"].Flag(false), item["lstrip"].Flag(false), item["rstrip"].Flag(false),
                item["normalized"].Flag(!special), special));
        }
        return added;
    }

    /// <summary>The id that the library gives an added token which the vocabulary lacks.</summary>
    public static int NextId(int vocabulary, IEnumerable<int> added) =>
        added.DefaultIfEmpty(-1).Max() is var most && most >= vocabulary ? most + 1 : vocabulary;
}
