using Microsoft.DotNet.Interactive.Formatting;
using MoELab.Query;
using MoELab.Views.Html;

namespace MoELab.Cells.Tables;

/// <summary>The display of tabular results in a notebook; registered once per process.</summary>
internal static class TableFormatters
{
    private const int Shown = 100;
    private static readonly Lock Gate = new();
    private static bool _registered;

    /// <summary>Registers the formatters; a second call does nothing.</summary>
    public static void Register()
    {
        lock (Gate)
        {
            if (_registered)
                return;
            _registered = true;
            Both<QueryTable>(t => Of(t, null));
            Both<RaceResult>(r => CellData.Html(Markup.Of($"<p>{r.Statement()}</p>{CellTable.Scrolled(r.Columns, r.Rows)}").Html, r.ToString()));
            Both<SweepResult>(s => CellData.Html(Markup.Of($"{CellTable.Scrolled(s.Columns, s.Rows)}<p>{SweepResult.Caveat}</p>").Html, s.ToString()));
            Both<IEnumerable<RecipeDifference>>(d => CellTable.Of(["path", "this", "other"], [.. d.Select(x => (object?[])[x.Path, x.Left ?? "(not set)", x.Right ?? "(not set)"])], d.Any() ? null : "no difference"));
        }
    }

    /// <summary>A query's rows, the first hundred.</summary>
    /// <param name="table">The result of the query.</param>
    /// <param name="name">The variable that holds it; null for none.</param>
    public static CellData Of(QueryTable table, string? name)
    {
        var note = table.Count > Shown
            ? string.Create(CultureInfo.InvariantCulture, $"the first {Shown} of {table.Count:#,0} rows{(name is null ? "" : $"; '{name}' has all of them")}")
            : table.Count == 0 ? "no rows" : null;
        return CellTable.Of(table.Columns, [.. table.Take(Shown).Select(r => r.Values.ToArray())], note);
    }

    /// <summary>Shows a type's values as HTML and as text.</summary>
    internal static void Both<T>(Func<T, CellData> form)
    {
        Formatter.Register<T>((value, writer) => writer.Write((string)form(value).Forms["text/html"]), "text/html");
        Formatter.Register<T>((value, writer) => writer.Write(form(value).Plain), "text/plain");
    }
}
