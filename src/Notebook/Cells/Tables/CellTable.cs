using MoELab.Query;
using MoELab.Views;
using MoELab.Views.Html;

namespace MoELab.Cells.Tables;

/// <summary>Results as tables: an HTML table and aligned text.</summary>
internal static class CellTable
{
    private const int Widest = 300, Shown = 100;

    /// <summary>A table as a cell's output; numbers are right-aligned, and <paramref name="note"/> is a line below it.</summary>
    public static CellData Of(IReadOnlyList<string> columns, IReadOnlyList<object?[]> rows, string? note = null)
    {
        var table = Table(columns, rows) with { Note = note };
        return CellData.Html(table.ToHtml().Html, table.ToText(int.MaxValue));
    }

    /// <summary>A query's first hundred rows; <paramref name="name"/> is the variable that has all of them.</summary>
    public static CellData Of(QueryTable table, string? name)
    {
        var note = table.Count > Shown
            ? string.Create(CultureInfo.InvariantCulture,
                $"the first {Shown} of {table.Count:#,0} rows{(name is null ? "" : $"; '{name}' has all of them")}")
            : table.Count == 0 ? "no rows" : null;
        return Of(table.Columns, [.. table.Take(Shown).Select(r => r.Values.ToArray())], note);
    }

    /// <summary>Rows of path, left and right value.</summary>
    public static object?[][] Rows(IEnumerable<RecipeDifference> differences) =>
        [.. differences.Select(d => (object?[])[d.Path, d.Left ?? "(not set)", d.Right ?? "(not set)"])];

    /// <summary>Columns and rows whose numbers keep six digits.</summary>
    public static ViewTable Table(IReadOnlyList<string> columns, IReadOnlyList<object?[]> rows) => new(columns, rows) { Word = Word };

    /// <summary>The same as HTML, scrolled sideways where the page is narrower.</summary>
    public static Markup Scrolled(IReadOnlyList<string> columns, IReadOnlyList<object?[]> rows) =>
        Markup.Of($"<div style=\"overflow-x:auto\">{Table(columns, rows).ToHtml()}</div>");

    /// <summary>Formats a value for a table: numbers to six digits, times to the second, lists in brackets.</summary>
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
}
