using System.Globalization;
using System.Net;
using System.Text;

namespace MoELab.Cells.Tables;

/// <summary>Columns and rows as an output: an HTML table and aligned text.</summary>
internal static class CellTable
{
    private const int Widest = 300;

    /// <summary>A table.</summary>
    /// <param name="columns">Titles.</param>
    /// <param name="rows">Values, one per column; numbers stand right.</param>
    /// <param name="note">A line below it; null for none.</param>
    public static CellData Of(IReadOnlyList<string> columns, IReadOnlyList<object?[]> rows, string? note = null) =>
        CellData.Html(Html(columns, rows, note), Text(columns, rows, note));

    /// <summary>The same, scrolled sideways where the page is narrower.</summary>
    public static string Scrolled(IReadOnlyList<string> columns, IReadOnlyList<object?[]> rows) =>
        $"<div style=\"overflow-x:auto\">{Html(columns, rows)}</div>";

    /// <summary>The table as HTML without any style of its own but alignment.</summary>
    public static string Html(IReadOnlyList<string> columns, IReadOnlyList<object?[]> rows, string? note = null)
    {
        var html = new StringBuilder("<table><thead><tr>");
        var right = columns.Select((_, c) => rows.Any(r => r[c] is not null) && rows.All(r => r[c] is null || IsNumber(r[c]))).ToArray();
        foreach (var (c, column) in columns.Index())
            html.Append(CultureInfo.InvariantCulture, $"<th{Align(right[c])}>{WebUtility.HtmlEncode(column)}</th>");
        html.Append("</tr></thead><tbody>");
        foreach (var row in rows)
        {
            html.Append("<tr>");
            foreach (var (c, value) in row.Index())
                html.Append(CultureInfo.InvariantCulture, $"<td{Align(right[c])}>{WebUtility.HtmlEncode(Word(value))}</td>");
            html.Append("</tr>");
        }
        html.Append("</tbody></table>");
        if (note is not null)
            html.Append(CultureInfo.InvariantCulture, $"<p>{WebUtility.HtmlEncode(note)}</p>");
        return html.ToString();
    }

    /// <summary>The table as text, columns aligned by spaces.</summary>
    public static string Text(IReadOnlyList<string> columns, IReadOnlyList<object?[]> rows, string? note = null)
    {
        var cells = rows.Select(r => r.Select(Word).ToArray()).Prepend([.. columns]).ToArray();
        var widths = columns.Select((_, c) => cells.Max(r => r[c].Length)).ToArray();
        var lines = cells.Select(r => string.Join("  ", r.Select((v, c) => v.PadRight(widths[c]))).TrimEnd());
        return string.Join("\n", note is null ? lines : lines.Append(note));
    }

    /// <summary>A value as a table shows it: numbers to six digits, times to the second, lists in brackets.</summary>
    public static string Word(object? value)
    {
        var text = value switch
        {
            null => "",
            string word => word,
            bool flag => flag ? "true" : "false",
            double number => Number(number),
            float number => Number(number),
            DateTime time => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            DateTimeOffset time => time.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture),
            System.Collections.IEnumerable list => $"[{string.Join(", ", list.Cast<object?>().Take(50).Select(Word))}]",
            _ => Convert.ToString(value, CultureInfo.InvariantCulture) ?? "",
        };
        text = text.ReplaceLineEndings(" ");
        return text.Length <= Widest ? text : text[..Widest] + "...";
    }

    private static string Number(double value) => value.ToString("G6", CultureInfo.InvariantCulture);

    private static bool IsNumber(object? value) =>
        value is sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal or System.Numerics.BigInteger;

    private static string Align(bool right) => right ? " style=\"text-align:right\"" : " style=\"text-align:left\"";
}
