using System.Text.RegularExpressions;

namespace MoELab.Studies.Reports;

/// <summary>
/// Keeps the figures of a Markdown page: the text between <c>&lt;!-- study NAME --&gt;</c> and <c>&lt;!-- end --&gt;</c> is made from the recorded
/// results of <c>NAME</c>. <c>statement NAME</c> is its sentences, <c>arms NAME [METRIC]</c> the table of its arms, <c>claims NAME</c> that of its
/// claims, and <c>study NAME</c> statement, arms and claims.
/// </summary>
public static partial class StudyPage
{
    /// <summary>The page with its figures made again.</summary>
    /// <param name="page">The page's text.</param>
    /// <param name="report">The report of a study, by name.</param>
    /// <exception cref="InputException">A block that does not end, or a study or metric that does not exist.</exception>
    public static string Update(string page, Func<string, StudyReport> report)
    {
        ArgumentNullException.ThrowIfNull(page);
        ArgumentNullException.ThrowIfNull(report);
        Dictionary<string, StudyReport> known = [];
        StudyReport Known(string name) => known.TryGetValue(name, out var r) ? r : known[name] = report(name);
        foreach (Match begin in Begin().Matches(page))
            if (Block().Match(page, begin.Index) is not { Success: true } block || block.Index != begin.Index)
                throw new InputException($"the block '{begin.Value}' does not end; expected '<!-- end -->' before the next one begins");
        return Block().Replace(page, m => m.Groups["begin"].Value + "\n\n" + Of(Known(m.Groups["name"].Value), m.Groups["kind"].Value, m.Groups["metric"].Value)
            + "\n\n" + m.Groups["end"].Value);
    }

    private static string Of(StudyReport report, string kind, string metric) => kind switch
    {
        "statement" => report.Statement(),
        "arms" => metric.Length > 0 ? Table(report.Columns, report.RowsBy(metric)) : Table(report.Columns, report.Rows),
        "claims" => Table(report.ClaimColumns, report.ClaimRows),
        _ => string.Join("\n\n", new[]
        {
            report.Statement(), Table(report.Columns, report.Rows), report.Claims.Count > 0 ? Table(report.ClaimColumns, report.ClaimRows) : "",
        }.Where(t => t.Length > 0)),
    };

    private static string Table(IReadOnlyList<string> columns, IReadOnlyList<object?[]> rows)
    {
        static string Line(IEnumerable<string> cells) => "| " + string.Join(" | ", cells) + " |";
        var numbers = columns.Select((_, c) => rows.Any(r => r[c] is double or long)).ToArray();
        return string.Join('\n', [
            Line(columns), "|" + string.Concat(numbers.Select(n => n ? "--:|" : "---|")),
            .. rows.Select(r => Line(r.Select(v => Results.TextTable.Text(v).Replace("|", "\\|", StringComparison.Ordinal)))),
        ]);
    }

    [GeneratedRegex("<!-- (?:study|statement|arms|claims) [^>]*-->")]
    private static partial Regex Begin();

    [GeneratedRegex(@"(?<begin><!-- (?<kind>study|statement|arms|claims) (?<name>[\w.-]+)(?: (?<metric>[\w/.-]+))? -->)(?:(?!<!--).)*?(?<end><!-- end -->)", RegexOptions.Singleline)]
    private static partial Regex Block();
}
