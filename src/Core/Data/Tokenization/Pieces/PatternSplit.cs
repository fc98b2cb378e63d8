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
        if (behavior == SplitBehavior.Isolated)
        {
            Visit(view, (start, end, _) => Add(start, end));
            return;
        }
        var parts = new List<(int, int, bool)>();
        Visit(view, (start, end, isMatch) => parts.Add((start, end, isMatch)));
        foreach (var (start, end) in Arrange(parts))
            Add(start, end);

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
        Visit(view, (start, end, isMatch) => replaced.Append(isMatch ? content : text.AsSpan()[view.Start(start)..view.Start(end)]));
        return replaced.ToString();
    }

    // All parts in order, including empty matches where Oniguruma finds them: not directly after another match.
    private void Visit(CodePointView view, Action<int, int, bool> part)
    {
        var (at, last) = (0, -1);
        try
        {
            foreach (var match in pattern.EnumerateMatches(view.Units.Span))
            {
                if (match.Length == 0 && match.Index == last)
                    continue;
                if (match.Index > at)
                    part(at, match.Index, invert);
                at = last = match.Index + match.Length;
                part(match.Index, at, !invert);
            }
        }
        catch (RegexMatchTimeoutException e)
        {
            throw new InputException($"data.tokenizer: the pattern '{pattern}' takes more than {pattern.MatchTimeout.TotalSeconds} seconds "
                + "on one text; expected a pattern without excessive backtracking", e);
        }
        if (at < view.Units.Length)
            part(at, view.Units.Length, invert);
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
