using System.Buffers;
using MoELab.Data.Tokenization.Unicode;

namespace MoELab.Data.Tokenization.Bpe;

/// <summary>Splits a text at added tokens: from left to right, the longest token at each position.</summary>
internal sealed class AddedTokenFinder
{
    private readonly Dictionary<char, (string Content, AddedToken Token)[]> _byFirst;
    private readonly SearchValues<string> _contents;
    private readonly bool _isEmpty;
    private readonly int _separator;

    /// <param name="tokens">The tokens to search for; normalized tokens by their normalized content.</param>
    /// <param name="separator">The id that no text may produce: its content in a text stays text.</param>
    public AddedTokenFinder(IEnumerable<(string Content, AddedToken Token)> tokens, int separator)
    {
        var all = tokens.Where(t => t.Content.Length > 0).ToArray();
        _separator = separator;
        // If two have the same text, the special one is found.
        _byFirst = all.GroupBy(t => t.Content[0]).ToDictionary(g => g.Key,
            g => g.OrderByDescending(t => t.Content.Length).ThenByDescending(t => t.Token.Special).ToArray());
        _contents = SearchValues.Create([.. all.Select(t => t.Content)], StringComparison.Ordinal);
        _isEmpty = all.Length == 0;
    }

    /// <summary>The parts of a text in order: text, or a token with its id.</summary>
    public List<(int Start, int End, int? Id)> Split(string text)
    {
        var parts = new List<(int, int, int?)>();
        var done = 0;
        for (var search = 0; !_isEmpty && text.AsSpan(search).IndexOfAny(_contents) is >= 0 and var offset;)
        {
            var start = search + offset;
            var (content, token) = Array.Find(_byFirst[text[start]], t => string.CompareOrdinal(text, start, t.Content, 0, t.Content.Length) == 0);
            var end = search = start + content.Length;
            if (token.Id == _separator || (token.SingleWord && (WordBefore(text, start) || WordAt(text, end))))
                continue;
            if (token.TakesLeft)
            {
                while (start > 0 && char.IsWhiteSpace(text[start - 1]))
                    start--;
                start = Math.Max(start, done);
            }
            if (token.TakesRight)
            {
                while (end < text.Length && char.IsWhiteSpace(text[end]))
                    end++;
            }
            if (done < start)
                parts.Add((done, start, null));
            parts.Add((start, end, token.Id));
            done = end;
        }
        if (done < text.Length || _isEmpty)
            parts.Add((done, text.Length, null));
        return parts;
    }

    private static bool WordAt(string text, int at) => at < text.Length && Rune.TryGetRuneAt(text, at, out var rune) && UnicodeText.IsWord(rune);

    private static bool WordBefore(string text, int at) =>
        at > 0 && Rune.DecodeLastFromUtf16(text.AsSpan(0, at), out var rune, out _) == OperationStatus.Done && UnicodeText.IsWord(rune);
}
