using System.Text.Json;

namespace MoELab.Views.Html;

/// <summary>HTML or SVG that needs no escaping.</summary>
/// <param name="Html">The markup.</param>
/// <param name="Text">What the other forms of a table show in its place.</param>
internal sealed record Markup(string Html, string Text = "")
{
    public static Markup None { get; } = new("");

    /// <summary>Whether a table aligns it to the right, like numbers.</summary>
    public bool Right { get; init; }

    /// <summary>Markup with holes: what comes into a hole is escaped, unless it is markup itself.</summary>
    public static Markup Of(MarkupHandler markup) => new(markup.ToString());

    /// <summary>Several, one after the other.</summary>
    public static Markup Join(IEnumerable<Markup> parts) => new(string.Concat(parts.Select(p => p.Html)));

    /// <summary>Data for a script of the page. JSON as it is written here holds no <c>&lt;</c>.</summary>
    public static Markup Json(object data) => new($"<script type=\"application/json\">{JsonSerializer.Serialize(data)}</script>");

    /// <summary>A text in a block of its own; null for an empty text.</summary>
    public static Markup? Line(string classes, string text) => text.Length > 0 ? Of($"<div class=\"{classes}\">{text}</div>") : null;

    public static Markup operator +(Markup left, Markup right) => new(left.Html + right.Html);

    public override string ToString() => Text;
}
