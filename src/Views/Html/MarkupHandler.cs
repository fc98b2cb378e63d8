using System.Runtime.CompilerServices;

namespace MoELab.Views.Html;

/// <summary>
/// Builds markup from an interpolated string: literals stay as they are, and what comes into a hole is escaped unless it is <see cref="Markup"/>.
/// </summary>
[InterpolatedStringHandler]
internal readonly struct MarkupHandler(int literalLength, int formattedCount)
{
    private readonly StringBuilder _text = new(literalLength + (16 * formattedCount));

    public void AppendLiteral(string literal) => _text.Append(literal);

    public void AppendFormatted<T>(T value, string? format = null)
    {
        if (value is Markup markup)
            _text.Append(markup.Html);
        else if (value is IEnumerable<Markup> parts)
            _text.AppendJoin("", parts.Select(p => p.Html));
        else
            Escape((value as IFormattable)?.ToString(format, CultureInfo.InvariantCulture) ?? value?.ToString() ?? "");
    }

    public override string ToString() => _text.ToString();

    private void Escape(string text)
    {
        foreach (var c in text)
            _ = c switch
            {
                '&' => _text.Append("&amp;"),
                '<' => _text.Append("&lt;"),
                '>' => _text.Append("&gt;"),
                '"' => _text.Append("&quot;"),
                '\'' => _text.Append("&#39;"),
                // XML holds no control characters, not even escaped.
                < ' ' and not ('\n' or '\t') or '\uFFFE' or '\uFFFF' => _text.Append('\uFFFD'),
                _ => _text.Append(c),
            };
    }
}
