namespace MoELab.Cells.Magics;

/// <summary>Languages and magics of Polyglot Notebooks: their names here, and a sentence for each that is not supported.</summary>
internal static class PolyglotNames
{
    public static string Canonical(string name) => name.ToLowerInvariant() switch
    {
        "c#" or "cs" => "csharp",
        "js" => "javascript",
        "md" => "markdown",
        var other => other,
    };

    /// <summary>Why a magic is not supported; null for one that Polyglot Notebooks do not have either.</summary>
    public static string? Refusal(string name) => Language(name) ?? name.ToLowerInvariant() switch
    {
        "connect" => "other kernels cannot be connected; use #!sql for the lab's runs, and NuGet packages in C# for other databases and services",
        "log" => "there is no log of kernel events; set MOELAB_TRACE=1 to see where an error comes from",
        "select-kernel" => "there is only one kernel; the first line of a cell selects its language, such as #!sql",
        _ => null,
    };

    /// <summary>Whether the lines below a magic are in an unsupported language.</summary>
    public static bool IsLanguage(string name) => Language(name) is not null;

    private static string? Language(string name) => name.ToLowerInvariant() switch
    {
        "fsharp" or "f#" or "fs" => "F# cells do not run here; keep the code in an F# project and add its assembly with #r \"PATH.dll\"",
        "pwsh" or "powershell" => "PowerShell cells do not run here; start programs from C# with System.Diagnostics.Process.Start",
        "http" or "httprequest" => "HTTP cells do not run here; send requests from C# with System.Net.Http.HttpClient",
        "python" => "Python cells do not run here; use C# cells",
        "kql" => "Kusto cells do not run here; query Kusto from C# through its NuGet package",
        "value" => "value cells do not run here; assign the text to a C# variable: var name = \"\"\"...\"\"\";",
        "r" => "R cells do not run here; use C# cells",
        _ => null,
    };
}
