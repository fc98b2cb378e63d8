using YamlDotNet.Core;
using YamlDotNet.Core.Tokens;
using Scalar = YamlDotNet.Core.Tokens.Scalar;

namespace MoELab.Cells.RunCells;

/// <summary>
/// The outline of possibly incomplete YAML: its keys and values with their positions. It follows the scanner's tokens and their marks,
/// which exist before the first mistake and mostly after it; whether the YAML is valid is decided by the parser.
/// </summary>
internal sealed class YamlOutline
{
    private readonly Stack<Frame> _open = new();
    private readonly int _mark;

    private YamlOutline(string text, int mark)
    {
        _mark = mark;
        var scanner = new Scanner(new StringReader(text));
        try
        {
            // At the end of an open flow map or list the scanner reports the same mistake forever.
            for (Token? before = null; Place is null && scanner.MoveNext() && !(before is Error && scanner.Current is Error);
                 before = scanner.Current)
                Read(scanner.Current!);
        }
        catch (YamlException)
        {
            // What was read so far is kept.
        }
    }

    /// <summary>Every key and list item, in order.</summary>
    public List<YamlEntry> Entries { get; } = [];

    private YamlPlace? Place { get; set; }

    public static YamlOutline Of(string text) => new(text, -1);

    /// <summary>The position of the cursor; null if nothing can be typed there, as in a comment.</summary>
    public static YamlPlace? PlaceAt(string text, int cursor)
    {
        var (start, end) = (cursor, cursor);
        while (start > 0 && !IsBreak(text[start - 1]))
            start--;
        while (end < text.Length && !IsBreak(text[end]))
            end++;
        var line = text.IndexOf('\n', end) is var found and >= 0 ? found : text.Length;
        // A placeholder replaces the word at the cursor, so that there is always one; if it is not valid alone, it is a key.
        var space = start > 0 && text[start - 1] == ':' ? " " : "";
        return Try("_") ?? Try("_:");

        YamlPlace? Try(string word)
        {
            var changed = text[..start] + space + word + text[end..];
            if (new YamlOutline(changed, start + space.Length).Place is not { } place)
                return null;
            var shift = text.Length - changed.Length + (place.Key is null ? word.Length - 1 : 0);
            return place with
            {
                Start = Math.Min(place.Start > start ? place.Start - space.Length : place.Start, cursor),
                End = Math.Clamp(place.End + shift, end, line),
            };
        }
    }

    /// <summary>A scalar by its dotted path; null if the text has none.</summary>
    public string? Value(string dotted) => Entries.FirstOrDefault(e => e.Dotted == dotted)?.Value;

    private static bool IsBreak(char c) => char.IsWhiteSpace(c) || c is ',' or ':' or '{' or '}' or '[' or ']' or '#';

    private void Read(Token token)
    {
        _open.TryPeek(out var top);
        switch (token)
        {
            case BlockMappingStart or FlowMappingStart:
                Open(token, isList: false, isFlow: token is FlowMappingStart);
                break;
            case BlockSequenceStart or FlowSequenceStart:
                Open(token, isList: true, isFlow: token is FlowSequenceStart);
                break;
            case BlockEntry when top is { IsList: true }:
                top.Index++;
                break;
            case BlockEntry:
                // A list that is not indented below its key begins with its first item.
                Open(token, isList: true, isFlow: false, isBare: true);
                _open.Peek().Index = 0;
                break;
            case FlowEntry when top is not null:
                (top.Index, top.Key, top.Awaits) = (top.Index + 1, null, Awaited.Nothing);
                break;
            case BlockEnd or FlowMappingEnd or FlowSequenceEnd when top is not null:
                while (_open.Pop().IsBare) { }
                break;
            case Key when top is not null:
                if (top.IsBare)
                    _open.Pop();
                _open.Peek().Awaits = Awaited.Key;
                break;
            case YamlDotNet.Core.Tokens.Value when top is not null:
                top.Awaits = Awaited.Value;
                break;
            case Scalar scalar:
                Read(scalar, top);
                break;
        }
    }

    private void Read(Scalar scalar, Frame? top)
    {
        var (start, end) = ((int)scalar.Start.Index, (int)scalar.End.Index);
        if (start <= _mark && _mark < end)
        {
            var (container, key) = top switch
            {
                null => ([], null),
                // The word of an item may also become its first key, and a word below a key the first key of its map.
                { IsFlow: false } when top.IsList || (top.Awaits == Awaited.Value && scalar.Start.Line > top.KeyLine) => (top.Below, null),
                { IsList: true } or { Awaits: Awaited.Value } => (top.Path, top.IsList ? $"[{top.Index}]" : top.Key),
                _ => (top.Path, (string?)null),
            };
            Place = new YamlPlace(container, key, start, end);
        }
        else if (top is { IsList: true })
        {
            Entries.Add(new YamlEntry(top.Below, start, end, scalar.Value, start, end));
        }
        else if (top is { Awaits: Awaited.Key })
        {
            (top.Key, top.KeyLine) = (scalar.Value, scalar.End.Line);
            Entries.Add(new YamlEntry(top.Below, start, end, null, end, end));
        }
        else if (top is { Awaits: Awaited.Value } && end > start)
        {
            Entries[^1] = Entries[^1] with { Value = scalar.Value, Start = start, End = end };
        }
        if (top is not null)
            top.Awaits = Awaited.Nothing;
    }

    private void Open(Token token, bool isList, bool isFlow, bool isBare = false)
    {
        IReadOnlyList<string> path = [];
        if (_open.TryPeek(out var outer))
        {
            path = outer.Below;
            outer.Awaits = Awaited.Nothing;
            if (outer.IsList && isFlow)
            {
                var (start, end) = ((int)token.Start.Index, (int)token.End.Index);
                Entries.Add(new YamlEntry(path, start, end, null, start, end));
            }
        }
        _open.Push(new Frame(path, isList, isFlow, isBare) { Index = isList && !isFlow ? -1 : 0 });
    }

    private enum Awaited { Nothing, Key, Value }

    private sealed record Frame(IReadOnlyList<string> Path, bool IsList, bool IsFlow, bool IsBare)
    {
        public int Index { get; set; }
        public string? Key { get; set; }
        public long KeyLine { get; set; }
        public Awaited Awaits { get; set; }
        public IReadOnlyList<string> Below => IsList ? [.. Path, $"[{Index}]"] : Key is null ? Path : [.. Path, Key];
    }
}
