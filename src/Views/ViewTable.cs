using MoELab.Runs.Export;

namespace MoELab.Views;

/// <summary>The data of a view: named columns, rows of numbers and texts.</summary>
/// <param name="Columns">Names for programs, unique: metric keys, recipe paths, else words in snake_case. They head the CSV.</param>
/// <param name="Rows">One cell per column: a number, a text, or null for none.</param>
[TypeFormatterSource(typeof(NotebookFormatterSource), PreferredMimeTypes = [NotebookFormatterSource.Html, NotebookFormatterSource.Text])]
public sealed record ViewTable(IReadOnlyList<string> Columns, IReadOnlyList<IReadOnlyList<object?>> Rows) : INotebookValue
{
    /// <summary>Headings for people, one per column; the names where none are given.</summary>
    public IReadOnlyList<string> Titles { get => field ?? Columns; init; } = null!;

    /// <summary>A line below the table; null for none.</summary>
    internal string? Note { get; init; }

    /// <summary>How a cell reads.</summary>
    internal Func<object?, string> Word { get; init; } = Cell;

    /// <summary>A header and one line per row; numbers in the invariant culture and in full precision.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder().AppendJoin(',', Columns.Select(RunExport.Quote)).Append('\n');
        foreach (var row in Rows)
            text.AppendJoin(',', row.Select(cell => RunExport.Quote(Convert.ToString(cell, CultureInfo.InvariantCulture) ?? ""))).Append('\n');
        return text.ToString();
    }

    /// <summary>Writes <see cref="ToCsv"/> to a file.</summary>
    public void SaveCsv(string path) => File.WriteAllText(path, ToCsv(), new UTF8Encoding(false));

    /// <summary>Aligned columns for a terminal; beyond <paramref name="most"/> rows the middle is left out and counted.</summary>
    public string ToText(int most = 20)
    {
        var kept = Rows.Count <= most ? Rows : [.. Rows.Take(most / 2), .. Rows.Skip(Rows.Count - (most / 2))];
        var cells = kept.Select(r => r.Select(Word).ToArray()).Prepend([.. Titles]).ToList();
        var widths = Columns.Select((_, c) => cells.Max(r => r[c].Length)).ToArray();
        var numeric = Numeric();
        string Padded(string cell, int c) => numeric[c] ? cell.PadLeft(widths[c]) : cell.PadRight(widths[c]);
        var lines = cells.Select(r => string.Join("  ", r.Select(Padded)).TrimEnd()).ToList();
        if (kept.Count < Rows.Count)
            lines.Insert(1 + (most / 2), $"... {Rows.Count - kept.Count} more rows");
        return string.Join('\n', Note is null ? lines : lines.Append(Note));
    }

    /// <summary>A table; cells that are markup stay as they are.</summary>
    /// <param name="styled">Whether it keeps its alignment where no style sheet is at hand.</param>
    internal Markup ToHtml(bool styled = true)
    {
        string Style(string align) => styled ? $" style=\"text-align:{align}\"" : "";
        var align = Numeric().Select(n => new Markup(n ? " class=\"num\"" + Style("right") : Style("left"))).ToArray();
        var head = Titles.Select((title, c) => Markup.Of($"<th{align[c]}>{title}</th>"));
        Markup Data(object? cell, int c) => Markup.Of($"<td{align[c]}>{cell as Markup ?? Markup.Of($"{Word(cell)}")}</td>");
        var rows = Rows.Select(row => Markup.Of($"<tr>{row.Select(Data)}</tr>"));
        return Markup.Of($"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>{(Note is null ? null : Markup.Of($"<p>{Note}</p>"))}");
    }

    /// <summary>A cell as people read it.</summary>
    internal static string Cell(object? cell) => cell switch
    {
        null => "",
        double d => double.IsNaN(d) ? "" : d.ToString(Math.Abs(d) >= 1000 ? "N0" : "0.####", CultureInfo.InvariantCulture),
        int or long => string.Create(CultureInfo.InvariantCulture, $"{cell:N0}"),
        _ => Convert.ToString(cell, CultureInfo.InvariantCulture) ?? "",
    };

    /// <summary>Several series over one x column: the union of their x values, null where a series has none.</summary>
    internal static ViewTable Join(string x, IReadOnlyList<Series> series)
    {
        var rows = new SortedDictionary<double, object?[]>();
        for (var s = 0; s < series.Count; s++)
            for (var i = 0; i < series[s].X.Count; i++)
            {
                if (!rows.TryGetValue(series[s].X[i], out var row))
                    rows[series[s].X[i]] = row = new object?[series.Count + 1];
                row[0] = series[s].X[i];
                row[s + 1] = series[s].Y[i];
            }
        return new ViewTable(Distinct([x, .. series.Select((s, i) => Key(s.Key.Length > 0 ? s.Key : Snake(s.Name), i + 1))]), [.. rows.Values]);
    }

    /// <summary>Words as a column's name: <c>held out</c> is <c>held_out</c>.</summary>
    internal static string Snake(string words) =>
        new string([.. words.Trim().ToLowerInvariant().Select(c => char.IsLetterOrDigit(c) || c is '.' or '/' ? c : '_')]).Trim('_');

    private static string Key(string key, int place) => key.Length > 0 ? key : string.Create(CultureInfo.InvariantCulture, $"series_{place}");

    // Two curves of one name, as of two runs, are distinguished by their order.
    private static string[] Distinct(string[] names) =>
        [.. names.Select((n, i) => names.Take(i).Count(o => o == n) is > 0 and var before ? FormattableString.Invariant($"{n}_{before + 1}") : n)];

    string? INotebookValue.As(string mimeType) => mimeType switch
    {
        NotebookFormatterSource.Html => NotebookOutput.NotebookHtml("", this),
        NotebookFormatterSource.Text => ToText(),
        _ => null,
    };

    // Whether a column holds numbers, which are aligned to the right.
    private bool[] Numeric() => [.. Columns.Select((_, c) => Rows.Any(r => r[c] is not null) && Rows.All(r => r[c] is null || IsNumber(r[c])))];

    private static bool IsNumber(object? cell) => cell is Markup { Right: true }
        or sbyte or byte or short or ushort or int or uint or long or ulong or float or double or decimal or System.Numerics.BigInteger;
}
