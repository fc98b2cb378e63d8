using MoELab.Plugins;

namespace MoELab.Views;

/// <summary>
/// A text painted by the experts that its tokens chose, per layer: a coloured bar and the number of the expert with the largest gate
/// below each token; the tooltip lists all of them with their gates. The newest checkpoint routes.
/// </summary>
public sealed class PaintView : View
{
    private const int Shown = 240;
    private const double Width = 720, CharWidth = 7.3, RowHeight = 36, Top = 34;
    private readonly string[] _tokens;
    private readonly (int Expert, float Gate)[][][] _choices;
    private readonly int _experts;
    private readonly int _step;

    /// <summary>Routes the text; shows <paramref name="layer"/>.</summary>
    /// <exception cref="InputException">The text is empty, there is no such layer, or the run has no checkpoint.</exception>
    public PaintView(RunReader run, string text, int layer = 0)
    {
        if (text.Length == 0)
            throw new InputException("text: empty; expected at least one character");
        using var model = LabModel.Load(run.FullPath, null, PluginCatalog.Discover());
        var routing = model.Route(text);
        if (layer < 0 || layer >= routing.Count)
            throw new InputException($"layer {layer}: the model has {routing.Count} MoE layers, from 0");
        (Layer, _experts, _step) = (layer, model.Recipe.Model.RouterColumns, model.Step);
        _tokens = [.. model.Tokenizer.Encode(text).Select(t => model.Tokenizer.Decode([t]))];
        _choices = [.. routing.Select(r =>
        {
            // Position 0 is the separator before the text.
            var choices = r.Tokens.Zip(r.Experts, r.Gates).ToLookup(c => c.First, c => (Expert: c.Second, Gate: c.Third));
            return _tokens.Select((_, t) => choices[t + 1].OrderByDescending(c => c.Gate).ThenBy(c => c.Expert).ToArray()).ToArray();
        })];
    }

    /// <summary>The layer that the static picture shows.</summary>
    public int Layer { get; }

    /// <inheritdoc/>
    public override string Title => $"Text by expert, layer {Layer}, step {_step:N0}";

    /// <summary>Layer, position, token, rank of the choice by gate (from 1), expert, gate: every layer and every token.</summary>
    public override ViewTable Data => new(["layer", "position", "token", "rank", "expert", "gate"],
        [.. from layer in Enumerable.Range(0, _choices.Length)
            from position in Enumerable.Range(0, _tokens.Length)
            from choice in _choices[layer][position].Select((c, rank) => (c.Expert, c.Gate, Rank: rank + 1))
            select new object?[] { layer, position, _tokens[position], choice.Rank, choice.Expert, (double)choice.Gate }]);

    /// <inheritdoc/>
    public override Scene Scene => Draw(Layer);

    internal override Markup Html(FigurePage page)
    {
        var pages = Enumerable.Range(0, _choices.Length).Select(l =>
            Markup.Of($"<div class=\"page\" data-label=\"layer {l}\"{(l == Layer ? "" : " hidden")}>{SvgWriter.Write(Draw(l), page)}</div>"));
        return Markup.Of($"<figure data-pages><div class=\"slider\" hidden><output></output>"
            + $"<input type=\"range\" min=\"0\" max=\"{_choices.Length - 1}\" value=\"{Layer}\" aria-label=\"layer\"></div>{pages}</figure>");
    }

    private Scene Draw(int layer)
    {
        var places = new List<(double X, double Y, double Width, string Text, int Token)>();
        var (x, y) = (4.0, Top + 6);
        for (var t = 0; t < Math.Min(Shown, _tokens.Length); t++)
        {
            var text = Visible(_tokens[t]);
            if (text.Length > 90)
                text = text[..89] + "…";
            var number = _choices[layer][t].Length > 0 ? _choices[layer][t][0].Expert.ToString(CultureInfo.InvariantCulture).Length : 1;
            var width = Math.Max(text.Length * CharWidth, number * 6.2) + 3;
            if (x + width > Width - 4 && x > 4)
                (x, y) = (4.0, y + RowHeight);
            places.Add((x, y, width, text, t));
            x += width;
            if (_tokens[t].Contains('\n', StringComparison.Ordinal))
                (x, y) = (4.0, y + RowHeight);
        }
        var more = _tokens.Length > Shown;
        var first = string.Join(", ", places.Take(30).Select(p => $"{p.Text} {First(layer, p.Token)}"));
        var scene = new Scene(Width, y + RowHeight + (more ? 20 : 2), $"Text painted by the experts of layer {layer}: {first}")
            .Text(4, 18, $"Text by expert, layer {layer}, step {_step:N0}", "t")
            .Text(Width - 4, 18, $"below each token: the expert of {_experts} with the largest gate", "s", "end");
        foreach (var p in places)
        {
            var choices = _choices[layer][p.Token];
            scene.Text(p.X, p.Y + 10, p.Text, "m");
            if (choices.Length == 0)
                continue;
            var all = string.Join(", ", choices.Select(c => FormattableString.Invariant($"expert {c.Expert} ({c.Gate:0.00})")));
            scene.Rect(p.X, p.Y + 14, p.Width - 2, 4, "b-" + Palette.Ordered(choices[0].Expert, _experts), $"{p.Text}: {all}");
            scene.Text(p.X + ((p.Width - 2) / 2), p.Y + 26, choices[0].Expert.ToString(CultureInfo.InvariantCulture), "n", "middle");
        }
        if (more)
            scene.Text(4, y + RowHeight + 12, $"the first {Shown} of {_tokens.Length:N0} tokens", "s");
        return scene;
    }

    private int First(int layer, int token) => _choices[layer][token] is { Length: > 0 } c ? c[0].Expert : -1;

    // An SVG drops spaces at the edges of a text.
    private static string Visible(string token) =>
        token.Replace("\r", "", StringComparison.Ordinal).Replace('\n', '⏎').Replace('\t', '→').Replace(' ', '\u00a0');
}
