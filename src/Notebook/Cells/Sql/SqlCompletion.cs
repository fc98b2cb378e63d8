using System.Text.RegularExpressions;
using MoELab.Query;
using MoELab.Training.Metrics;
using Schema = System.Collections.Generic.IReadOnlyDictionary<string,
    System.Collections.Generic.IReadOnlyList<(string Name, string Type)>>;

namespace MoELab.Cells.Sql;

/// <summary>Completion in a query: tables after FROM and JOIN, columns of the tables that the query names, functions and keywords.</summary>
internal static partial class SqlCompletion
{
    private static readonly string[] Keywords =
    [
        "select", "from", "where", "group by", "order by", "having", "limit", "join", "left join", "using", "on", "as", "and", "or", "not",
        "in", "is null", "like", "between", "distinct",
        "case", "when", "then", "else", "end", "with", "union all", "asc", "desc", "over", "partition by", "qualify", "exclude", "pivot",
        "unpivot", "all",
    ];

    private static readonly string[] Functions =
        ["count", "sum", "avg", "min", "max", "median", "stddev", "quantile_cont", "arg_min", "arg_max", "first", "last", "any_value",
            "list", "round", "abs", "ln", "sqrt", "coalesce", "row_number", "lag", "lead", "regexp_extract", "string_agg"];

    public static CellCompletions At(string sql, int cursor, Schema schema)
    {
        var before = sql[..cursor];
        if (Quotes().Replace(before, "").Contains('\'', StringComparison.Ordinal))
            return CellCompletions.None(cursor);
        // Metric names contain slashes, which SQL accepts only inside quotes; the quotes are part of the replaced text.
        var word = Typed().Match(before).Value;
        var typed = word.Trim('"');
        var start = cursor - word.Length;
        var end = word.StartsWith('"') && cursor < sql.Length && sql[cursor] == '"' ? cursor + 1 : cursor;
        IEnumerable<CellCompletion> items;
        if (Qualifier().Match(sql[..start]) is { Success: true } qualifier)
            items = Columns([Table(sql, qualifier.Groups[1].Value, schema) ?? ""], schema);
        else if (AfterFrom().IsMatch(sql[..start]))
            items = Tables(schema);
        else
            items = Columns(Named(sql, schema), schema).Concat(Functions.Select(f => new CellCompletion(f, "Method")))
                .Concat(Keywords.Select(k => new CellCompletion(k, "Keyword"))).Concat(Tables(schema));
        return new CellCompletions([.. items.Where(i => i.Text.Trim('"').StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .DistinctBy(i => i.Text)], start, end);
    }

    /// <summary>The meaning of a word in a query, as Markdown; null if unknown.</summary>
    public static string? Describe(string sql, int cursor, Schema schema)
    {
        var word = Word().Matches(sql).FirstOrDefault(m => m.Index <= cursor && cursor <= m.Index + m.Length)?.Value.Trim('"');
        if (word is null)
            return null;
        if (schema.TryGetValue(word, out var columns))
            return $"**{word}**: {Summary(word)}\n\n"
                + string.Join(", ", columns.Take(40).Select(c => $"`{c.Name}`")) + (columns.Count > 40 ? ", ..." : "");
        var tables = Named(sql, schema).Where(t => schema[t].Any(c => c.Name.Equals(word, StringComparison.OrdinalIgnoreCase))).ToArray();
        return tables.Length == 0 ? null : $"**{tables[0]}.{word}**: {Meaning(tables[0], word)}";
    }

    private static IEnumerable<CellCompletion> Tables(Schema schema) =>
        schema.Keys.Order(StringComparer.Ordinal).Select(t => new CellCompletion(SqlText.Name(t), "Class", Summary(t)));

    private static IEnumerable<CellCompletion> Columns(IEnumerable<string> tables, Schema schema) =>
        tables.Where(schema.ContainsKey)
            .SelectMany(t => schema[t].Select(c => new CellCompletion(SqlText.Name(c.Name), "Property", $"{t}, {c.Type}: {Meaning(t, c.Name)}")));

    private static string[] Named(string sql, Schema schema)
    {
        var words = Word().Matches(sql).Select(m => m.Value.Trim('"')).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var named = schema.Keys.Where(words.Contains).Order(StringComparer.Ordinal).ToArray();
        return named.Length > 0 ? named : [.. schema.Keys.Where(t => t is "runs" or "steps").Order(StringComparer.Ordinal)];
    }

    // A table by its own name or by its alias in the query.
    private static string? Table(string sql, string name, Schema schema) =>
        schema.ContainsKey(name) ? name
            : schema.Keys.FirstOrDefault(t =>
                Regex.IsMatch(sql, $@"\b{Regex.Escape(t)}""?\s+(as\s+)?{Regex.Escape(name)}\b", RegexOptions.IgnoreCase));

    private static string Summary(string table) => table switch
    {
        "steps" => "one row per run and optimizer step; a column per metric",
        "metrics" => "every metric: run, step, metric, value",
        _ => RunTables.All.FirstOrDefault(t => t.Name == table)?.Summary ?? "table of this notebook",
    };

    private static string Meaning(string table, string column) =>
        RunTables.All.FirstOrDefault(t => t.Name == table)?.Columns.FirstOrDefault(c => c.Name == column).Meaning
        ?? MetricCatalog.Definitions.FirstOrDefault(d => d.Id == column
            || (d.Id.EndsWith('*') && column.StartsWith(d.Id[..^1], StringComparison.Ordinal)))?.Definition
        ?? column switch
        {
            "run" => "the run's name",
            "step" => "optimizer step, from 1",
            "metric" => "a metric's key",
            "value" => "its value",
            _ => "column"
        };

    [GeneratedRegex("'[^']*'")]
    private static partial Regex Quotes();

    [GeneratedRegex("(\"[^\"\\n]*|[A-Za-z_][A-Za-z0-9_/]*)?$")]
    private static partial Regex Typed();

    [GeneratedRegex(@"([A-Za-z_][A-Za-z0-9_]*)\.$")]
    private static partial Regex Qualifier();

    [GeneratedRegex(@"\b(from|join)\s+$", RegexOptions.IgnoreCase)]
    private static partial Regex AfterFrom();

    [GeneratedRegex("\"[^\"\\n]*\"|[A-Za-z_][A-Za-z0-9_]*")]
    private static partial Regex Word();
}
