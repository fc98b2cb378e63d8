namespace MoELab.Studies.Results;

/// <summary>A table as lines of text.</summary>
internal static class TextTable
{
    public static string Of(IReadOnlyList<string> columns, IReadOnlyList<object?[]> rows)
    {
        var cells = rows.Select(r => r.Select(Text).ToArray()).Prepend([.. columns]).ToArray();
        var widths = columns.Select((_, c) => cells.Max(r => r[c].Length)).ToArray();
        return string.Join(Environment.NewLine, cells.Select(r => string.Join("  ", r.Select((v, c) => v.PadRight(widths[c]))).TrimEnd()));
    }

    public static string Text(object? value) => value switch
    {
        null => "",
        double d when Math.Abs(d) >= 1000 => d.ToString("#,0", CultureInfo.InvariantCulture),
        double d => d.ToString("0.0000", CultureInfo.InvariantCulture),
        long n => n.ToString("#,0", CultureInfo.InvariantCulture),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };
}
