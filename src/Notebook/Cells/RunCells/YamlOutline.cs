namespace MoELab.Cells.RunCells;

/// <summary>
/// The outline of YAML that may be half typed: which keys and values stand where. It follows indentation, list items and
/// flow maps as recipes use them, and never fails; what is right YAML is for the parser to say.
/// </summary>
internal sealed class YamlOutline
{
    private readonly string _text;
    private readonly int _cursor;
    private readonly List<YamlEntry> _entries = [];
    private readonly List<Block> _blocks = [];
    private readonly Stack<Flow> _flows = new();

    private YamlOutline(string text, int cursor) => (_text, _cursor) = (text, cursor);

    /// <summary>Every key and list item, in order.</summary>
    public IReadOnlyList<YamlEntry> Entries => _entries;

    /// <summary>Where the cursor stands; null where nothing can be typed, as in a comment.</summary>
    public YamlPlace? Place { get; private set; }

    /// <summary>Reads a text.</summary>
    /// <param name="text">YAML, whole or not.</param>
    /// <param name="cursor">Where the cursor is; -1 for none.</param>
    public static YamlOutline Of(string text, int cursor = -1)
    {
        var outline = new YamlOutline(text, cursor);
        for (var start = 0; start <= text.Length;)
        {
            var end = text.IndexOf('\n', start) is var found and >= 0 ? found : text.Length;
            outline.Line(start, end > start && text[end - 1] == '\r' ? end - 1 : end);
            start = end + 1;
        }
        return outline;
    }

    /// <summary>A scalar by its dotted path; null where the text has none.</summary>
    public string? Value(string dotted) => _entries.FirstOrDefault(e => e.Dotted == dotted)?.Value;

    private void Line(int start, int end)
    {
        var at = start;
        if (_flows.Count > 0)
        {
            Flows(at, end);
            return;
        }
        while (at < end && _text[at] == ' ')
            at++;
        if (at == end)
        {
            if (_cursor >= start && _cursor <= end)
                Place = new YamlPlace(Container(_cursor - start, peek: true), null, _cursor, _cursor);
            return;
        }
        if (_text[at] == '#')
            return;
        while (at < end && _text[at] == '-' && (at + 1 == end || _text[at + 1] == ' '))
        {
            Item(at - start);
            do
                at++;
            while (at < end && _text[at] == ' ');
        }
        var colon = Colon(at, end);
        if (colon < 0)
        {
            Bare(at, start, end);
            return;
        }
        var key = _text[at..colon].Trim().Trim('"', '\'');
        var container = Container(at - start, peek: false);
        _blocks[^1].Key = key;
        if (_cursor >= at && _cursor <= colon)
            Place = new YamlPlace(container, null, at, colon);
        var value = colon + 1;
        while (value < end && _text[value] == ' ')
            value++;
        Scalar([.. container, key], (at, colon), value, end, container, key);
    }

    // A word without a colon: an item's scalar, or a key that is being typed.
    private void Bare(int at, int start, int end)
    {
        if (_blocks.Count > 0 && _blocks[^1].IsList && _blocks[^1].Indent < at - start)
        {
            var list = _blocks[^1];
            Scalar([.. list.Path, $"[{list.Index}]"], null, at, end, list.Path, $"[{list.Index}]");
        }
        // The word of an item may also become its first key.
        if (_cursor >= at && _cursor <= end && _flows.Count == 0 && (Place is null || !_blocks[^1].IsList || at == end))
            Place = new YamlPlace(Container(at - start, peek: true), null, Math.Min(at, _cursor), end);
    }

    private void Scalar(IReadOnlyList<string> path, (int Start, int End)? key, int value, int end, IReadOnlyList<string> container, string name)
    {
        if (value < end && _text[value] is '{' or '[')
        {
            _entries.Add(new YamlEntry(path, key?.Start ?? value, key?.End ?? value, null, value, end));
            Flows(value, end, path);
            return;
        }
        var stop = _text.IndexOf(" #", Math.Min(value, end), StringComparison.Ordinal) is var comment && comment >= 0 && comment < end
            ? comment : end;
        while (stop > value && _text[stop - 1] == ' ')
            stop--;
        if (_cursor > (key?.End ?? value - 1) && _cursor <= end && (stop == end || _cursor <= stop))
            Place = new YamlPlace(container, name, Math.Min(value, _cursor), Math.Max(stop, _cursor));
        var text = _text[value..Math.Max(value, stop)];
        _entries.Add(new YamlEntry(path, key?.Start ?? value, key?.End ?? stop, text.Length == 0 ? null : text.Trim('"', '\''), value,
            Math.Max(value, stop)));
    }

    private void Item(int indent)
    {
        while (_blocks.Count > 0 && _blocks[^1].Indent > indent)
            _blocks.RemoveAt(_blocks.Count - 1);
        if (_blocks.Count > 0 && _blocks[^1].IsList && _blocks[^1].Indent == indent)
        {
            _blocks[^1].Index++;
            return;
        }
        _blocks.Add(new Block(indent, _blocks.Count == 0 ? [] : _blocks[^1].Below, true));
    }

    // The map that a key at this indentation belongs to.
    private IReadOnlyList<string> Container(int indent, bool peek)
    {
        var keep = _blocks.Count;
        while (keep > 0 && (_blocks[keep - 1].Indent > indent || (_blocks[keep - 1].IsList && _blocks[keep - 1].Indent == indent)))
            keep--;
        var path = keep == 0 ? [] : _blocks[keep - 1].Indent == indent ? _blocks[keep - 1].Path : _blocks[keep - 1].Below;
        if (peek)
            return path;
        _blocks.RemoveRange(keep, _blocks.Count - keep);
        if (keep == 0 || _blocks[keep - 1].Indent < indent)
            _blocks.Add(new Block(indent, path, false));
        return path;
    }

    private int Colon(int at, int end)
    {
        var quote = '\0';
        for (var i = at; i < end; i++)
        {
            var c = _text[i];
            if (quote != '\0')
                quote = c == quote ? '\0' : quote;
            else if (c is '"' or '\'' && i == at)
                quote = c;
            else if (c is '{' or '[' && i == at)
                return -1;
            else if (c == ':' && (i + 1 == end || _text[i + 1] == ' '))
                return i;
        }
        return -1;
    }

    private void Flows(int at, int end, IReadOnlyList<string>? path = null)
    {
        var from = at;
        var quote = '\0';
        for (var i = at; i < end; i++)
        {
            var c = _text[i];
            if (quote != '\0')
            {
                quote = c == quote ? '\0' : quote;
                continue;
            }
            switch (c)
            {
                case '"' or '\'':
                    quote = c;
                    continue;
                case '{' or '[':
                    var below = path ?? _flows.Peek().Below;
                    if (path is null)
                        _entries.Add(new YamlEntry(below, _flows.Peek().KeyStart ?? i, _flows.Peek().KeyEnd ?? i, null, i, i + 1));
                    path = null;
                    _flows.Push(new Flow(below, c == '['));
                    break;
                case ':' when i + 1 == end || _text[i + 1] is ' ' or ',' or '}':
                    Word(from, i, isKey: true);
                    break;
                case ',':
                    Word(from, i, isKey: false);
                    _flows.Peek().Next();
                    break;
                case '}' or ']':
                    Word(from, i, isKey: false);
                    _flows.Pop();
                    if (_flows.Count == 0)
                        return;
                    _flows.Peek().Closed = true;
                    break;
                default:
                    continue;
            }
            from = i + 1;
        }
        Word(from, end, isKey: false);
    }

    private void Word(int from, int to, bool isKey)
    {
        var flow = _flows.Peek();
        var (start, end) = (from, to);
        while (start < end && char.IsWhiteSpace(_text[start]))
            start++;
        while (end > start && char.IsWhiteSpace(_text[end - 1]))
            end--;
        if (_cursor >= from && _cursor <= to && !flow.Closed)
            Place = new YamlPlace(flow.Path, isKey ? null : flow.IsList ? $"[{flow.Index}]" : flow.Key, Math.Min(start, _cursor),
                Math.Max(end, _cursor));
        if (isKey)
            (flow.Key, flow.KeyStart, flow.KeyEnd) = (_text[start..end].Trim('"', '\''), start, end);
        else if (end > start && !flow.Closed && (flow.IsList || flow.Key is not null))
            _entries.Add(new YamlEntry(flow.Below, flow.KeyStart ?? start, flow.KeyEnd ?? end, _text[start..end].Trim('"', '\''), start, end));
    }

    private sealed class Block(int indent, IReadOnlyList<string> path, bool isList)
    {
        public int Indent => indent;

        public IReadOnlyList<string> Path => path;

        public bool IsList => isList;

        public int Index { get; set; }

        public string? Key { get; set; }

        public IReadOnlyList<string> Below => isList ? [.. path, $"[{Index}]"] : Key is null ? path : [.. path, Key];
    }

    private sealed class Flow(IReadOnlyList<string> path, bool isList)
    {
        public IReadOnlyList<string> Path => path;

        public bool IsList => isList;

        public int Index { get; private set; }

        public string? Key { get; set; }

        public int? KeyStart { get; set; }

        public int? KeyEnd { get; set; }

        /// <summary>A map or list was its last value, so what follows up to the comma is nothing.</summary>
        public bool Closed { get; set; }

        public IReadOnlyList<string> Below => isList ? [.. path, $"[{Index}]"] : Key is null ? path : [.. path, Key];

        public void Next()
        {
            (Key, KeyStart, KeyEnd, Closed) = (null, null, null, false);
            Index++;
        }
    }
}
