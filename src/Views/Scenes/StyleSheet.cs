namespace MoELab.Views.Scenes;

/// <summary>The style sheet of pictures: the variables of <see cref="Palette"/> and the rules of <see cref="MarkStyle"/>.</summary>
internal static class StyleSheet
{
    private const string LightPage = "--page:#f7f7f4;--card:#fff;--line:#e3e3dd;--text:#1d2026;--mute:#646a75;"
        + "--accent:#0072b2;--good:#00795a;--bad:#b84400;--goodbg:#e2f3ec;--badbg:#fbe9dc;--notebg:#e5eff7;--deadcell:#c9c9c4;";
    private const string DarkPage = "--page:#14161a;--card:#1b1e24;--line:#2c3038;--text:#e7e9ee;--mute:#9aa1ad;"
        + "--accent:#56a8e8;--good:#4fd0a4;--bad:#f2a06a;--goodbg:#15332a;--badbg:#3a2415;--notebg:#182b3b;--deadcell:#585e69;";

    /// <summary>For a stand-alone picture.</summary>
    public static string Alone { get; } =
        $".ml{{{Palette.Variables(false)}}}@media(prefers-color-scheme:dark){{.ml{{{Palette.Variables(true)}}}}}" + MarkStyle.Css;

    /// <summary>For many pictures in one page: no picture carries its own, and a notebook's theme wins over the system's.</summary>
    public static string Themed { get; } = BuildThemed() + MarkStyle.Css;

    /// <summary>For a picture in fixed colours, without variables.</summary>
    public static string Fixed(bool dark) =>
        Palette.ColorTable(dark).Aggregate(MarkStyle.Css, (css, c) => css.Replace($"var(--{c.Key})", c.Value, StringComparison.Ordinal));

    private static string BuildThemed()
    {
        var light = $"color-scheme:light;{LightPage}{Palette.Variables(false)}";
        var dark = $"color-scheme:dark;{DarkPage}{Palette.Variables(true)}";
        return $".moelab{{{light}}}@media(prefers-color-scheme:dark){{.moelab{{{dark}}}}}"
            + $"[data-jp-theme-light=true] .moelab,.vscode-light .moelab{{{light}}}"
            + $"[data-jp-theme-light=false] .moelab,.vscode-dark .moelab,.vscode-high-contrast .moelab{{{dark}}}";
    }
}
