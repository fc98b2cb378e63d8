using MoELab.Data.Tokenization.Bpe;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>Reads the list <c>added_tokens</c>.</summary>
internal static class AddedTokenReader
{
    /// <param name="list">The list; may be missing.</param>
    /// <param name="vocabulary">The model's tokens and ids.</param>
    /// <param name="ours">Whether an earlier MoELab wrote the file; its ids are used as given.</param>
    public static List<AddedToken> Read(JsonPart list, Dictionary<string, int> vocabulary, bool ours)
    {
        var added = new List<AddedToken>();
        var taken = new Dictionary<int, string>(vocabulary.Select(v => KeyValuePair.Create(v.Value, v.Key)));
        var contents = new HashSet<string>(StringComparer.Ordinal);
        foreach (var item in list.IsNull ? [] : list.Items())
        {
            item.Only("id", "content", "single_word", "lstrip", "rstrip", "normalized", "special");
            var (id, content) = (item["id"].Id(), item["content"].Text());
            if (content.Length == 0)
                throw item["content"].Error("is empty; expected the token's text");
            if (!contents.Add(content))
                throw item["content"].Error($"'{content}' is in the list twice; expected each token once");
            // The library uses the vocabulary's id or the next free one, and ignores the one in the list.
            var given = vocabulary.TryGetValue(content, out var own) ? own : NextId(vocabulary.Count, added.Select(a => a.Id));
            if (!ours && id != given)
                throw item["id"].Error($"is {id}, but Hugging Face's library assigns the id {given} to '{content}'; "
                    + "expected the vocabulary's id or the next free one");
            if (taken.TryGetValue(id, out var other) && other != content)
                throw item["id"].Error($"is {id}, which is also the id of '{other}'; expected a different id for each token");
            taken[id] = content;
            var special = item["special"].Flag(false);
            added.Add(new AddedToken(id, content, item["single_word"].Flag(false), item["lstrip"].Flag(false), item["rstrip"].Flag(false),
                item["normalized"].Flag(!special), special));
        }
        return added;
    }

    /// <summary>The id that the library assigns to an added token that is not in the vocabulary.</summary>
    public static int NextId(int vocabulary, IEnumerable<int> added) => Math.Max(vocabulary, added.DefaultIfEmpty(-1).Max() + 1);
}
