using System.Text.RegularExpressions;
using MoELab.Data.Tokenization.Unicode;

namespace MoELab.Data.Tokenization.Pieces;

/// <summary>Splits at the matches of a pattern, which sees code points.</summary>
/// <param name="pattern">A .NET pattern.</param>
/// <param name="behavior">What happens to the matches.</param>
/// <param name="invert">Whether to treat the text between the matches as the matches.</param>
internal sealed class PatternSplit(Regex pattern, SplitBehavior behavior = SplitBehavior.Isolated, bool invert = false)
{
    /// <summary>Time limit of a pattern from a file on one text.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(10);

    public void Apply(Piece piece, List<Piece> into)
    {
        var view = CodePointView.Of(piece.Text);
        try
        {
            if (behavior == SplitBehavior.Isolated)
            {
                var at = 0;
                foreach (var match in pattern.EnumerateMatches(view.Units.Span))
                {
                    // Text outside the matches stays text.
                    Add(at, match.Index);
                    Add(match.Index, at = match.Index + match.Length);
                }
                Add(at, view.Units.Length);
                return;
            }
            foreach (var (start, end) in Arrange(Parts(view.Units.Span)))
                Add(start, end);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw TooSlow(e);
        }

        void Add(int start, int end)
        {
            if (end > start)
                into.Add(new Piece(piece.Text[view.Start(start)..view.Start(end)], piece.AtStart && start == 0));
        }
    }

    /// <summary>The text with each match replaced.</summary>
    public string Replace(string text, string content)
    {
        var view = CodePointView.Of(text.AsMemory());
        var replaced = new StringBuilder(text.Length);
        try
        {
            foreach (var (start, end, isMatch) in Parts(view.Units.Span))
                _ = isMatch ? replaced.Append(content) : replaced.Append(text.AsSpan()[view.Start(start)..view.Start(end)]);
        }
        catch (RegexMatchTimeoutException e)
        {
            throw TooSlow(e);
        }
        return replaced.ToString();
    }

    private InputException TooSlow(RegexMatchTimeoutException cause) =>
        new($"data.tokenizer: the pattern '{pattern}' takes more than {pattern.MatchTimeout.TotalSeconds} seconds on one text; "
            + "expected a pattern without excessive backtracking", cause);

    // All parts in order, including empty matches where Oniguruma finds them: not directly after another match.
    private List<(int Start, int End, bool IsMatch)> Parts(ReadOnlySpan<char> text)
    {
        var parts = new List<(int, int, bool)>();
        var (at, last) = (0, -1);
        foreach (var match in pattern.EnumerateMatches(text))
        {
            if (match.Length == 0 && match.Index == last)
                continue;
            if (match.Index > at)
                parts.Add((at, match.Index, invert));
            at = last = match.Index + match.Length;
            parts.Add((match.Index, at, !invert));
        }
        if (at < text.Length)
            parts.Add((at, text.Length, invert));
        return parts;
    }

    private IEnumerable<(int Start, int End)> Arrange(List<(int Start, int End, bool IsMatch)> parts)
    {
        if (behavior == SplitBehavior.Removed)
            return parts.Where(p => !p.IsMatch).Select(p => (p.Start, p.End));
        var backwards = behavior == SplitBehavior.MergedWithNext;
        if (backwards)
            parts.Reverse();
        var joined = new List<(int Start, int End)>();
        var previous = false;
        foreach (var (start, end, isMatch) in parts)
        {
            var joins = behavior == SplitBehavior.Contiguous ? isMatch == previous : isMatch && !previous;
            if (joins && joined.Count > 0)
                joined[^1] = backwards ? (start, joined[^1].End) : (joined[^1].Start, end);
            else
                joined.Add((start, end));
            previous = isMatch;
        }
        if (backwards)
            joined.Reverse();
        return joined;
    }
}
