using Microsoft.DotNet.Interactive.Formatting;

namespace MoELab.Cells;

/// <summary>
/// Functions with which cells display values: <c>display(x)</c>, <c>x.Display()</c>, <c>HTML("...")</c>. Formatting is that of
/// <c>Microsoft.DotNet.Interactive.Formatting</c>.
/// </summary>
public static class Displays
{
    private static readonly Lazy<IDisposable> Installed = new(() => Formatter.SubscribeToDisplayedValues(Show));

#pragma warning disable IDE1006, CA1707 // The names that notebooks use.
    /// <summary>Shows a value below the cell.</summary>
    /// <param name="value">Any value.</param>
    /// <param name="mimeTypes">The formats to use; if empty, those that its type prefers.</param>
    /// <returns>A handle that can replace what is shown.</returns>
    public static DisplayedValue display(object? value, params string[] mimeTypes) => DisplayedValue.Show(value, mimeTypes);

    /// <summary>Marks a text as HTML.</summary>
    public static Microsoft.AspNetCore.Html.IHtmlContent HTML(string content) => new Microsoft.AspNetCore.Html.HtmlString(content);

    /// <summary>Runs JavaScript in the page.</summary>
    public static DisplayedValue Javascript(string content) =>
        DisplayedValue.Show(CellData.Html($"<script>\n{content}\n</script>", "JavaScript"), []);

    /// <summary>Adds style to the page.</summary>
    public static DisplayedValue CSS(string content) => DisplayedValue.Show(CellData.Html($"<style>{content}</style>", "CSS"), []);

    /// <summary>Asks the user of the notebook for input.</summary>
    public static string input(string prompt = "") => Ask(prompt, hidden: false);

    /// <summary>Asks for input without showing what is typed.</summary>
    public static string password(string prompt = "") => Ask(prompt, hidden: true);

    /// <summary>Removes what the cell has shown so far.</summary>
    /// <param name="wait">Whether to wait until the next output arrives.</param>
    public static void clear_output(bool wait = false) => CellContext.Output?.Clear(wait);
#pragma warning restore IDE1006, CA1707

    /// <summary>
    /// Shows a value below the cell. The span makes the compiler prefer it to the formatting library's method, whose handle does not update what
    /// it shows.
    /// </summary>
    public static DisplayedValue Display(this object? value, params ReadOnlySpan<string> mimeTypes) =>
        DisplayedValue.Show(value, mimeTypes.ToArray());

    /// <summary>Shows what the formatting library displays, from now on; a second call does nothing.</summary>
    internal static void Install() => _ = Installed.Value;

    /// <summary>Shows what the formatting library's <c>DisplayAs</c> and <c>DisplayTable</c> display.</summary>
    internal static void Show(Microsoft.DotNet.Interactive.Formatting.DisplayedValue value)
    {
        if (CellContext.Output is not { } output)
        {
            Formatter.WriteToConsole(value);
            return;
        }
        var forms = value.FormattedValues.ToDictionary(f => f.MimeType,
            f => f.MimeType.EndsWith("json", StringComparison.Ordinal) ? JsonNode.Parse(f.Value)! : (object)f.Value);
        if (!forms.ContainsKey("text/plain"))
            forms["text/plain"] = value.FormattedValues.Count > 0 ? value.FormattedValues[0].Value : "";
        if (value.IsUpdated)
            output.Update(value.DisplayId, new CellData(forms));
        else
            output.Display(new CellData(forms), value.DisplayId);
    }

    /// <summary>A value in the formats that its type prefers, always including plain text.</summary>
    internal static CellData Format(object? value, IReadOnlyList<string> mimeTypes)
    {
        if (value is CellData data)
            return data;
        if (value is MathString)
            return CellData.Of("text/latex", value.ToString()!);
        var forms = new Dictionary<string, object>();
        foreach (var mime in mimeTypes.Count > 0 ? mimeTypes : [.. Formatter.GetPreferredMimeTypesFor(value?.GetType() ?? typeof(object))])
            forms[mime] = value.ToDisplayString(mime);
        if (!forms.ContainsKey("text/plain"))
            forms["text/plain"] = value as string ?? value.ToDisplayString("text/plain");
        return new CellData(forms);
    }

    private static string Ask(string prompt, bool hidden) =>
        CellContext.Output?.Ask(prompt, hidden, CancellationToken.None).GetAwaiter().GetResult()
            ?? throw new InputException("input: outside a notebook, nobody can answer");
}
