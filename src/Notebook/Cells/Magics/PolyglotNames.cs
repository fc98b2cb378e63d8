namespace MoELab.Cells.Magics;

/// <summary>Languages and magics of Polyglot Notebooks: other names for what is here, and a sentence for each that is not.</summary>
internal static class PolyglotNames
{
    private static readonly Dictionary<string, string> Alias = new(StringComparer.OrdinalIgnoreCase)
    {
        ["c#"] = "csharp",
        ["cs"] = "csharp",
        ["js"] = "javascript",
        ["md"] = "markdown",
    };

    private static readonly Dictionary<string, string> Languages = new(StringComparer.OrdinalIgnoreCase)
    {
        ["fsharp"] = FSharp,
        ["f#"] = FSharp,
        ["fs"] = FSharp,
        ["pwsh"] = PowerShell,
        ["powershell"] = PowerShell,
        ["http"] = Http,
        ["httprequest"] = Http,
        ["python"] = "Python cells do not run here, C# cells do",
        ["kql"] = "Kusto cells do not run here; query Kusto from C# through its NuGet package",
        ["value"] = "value cells do not run here; give a C# variable the text: var name = \"\"\"...\"\"\";",
        ["r"] = "R cells do not run here, C# cells do",
    };

    private static readonly Dictionary<string, string> Lines = new(StringComparer.OrdinalIgnoreCase)
    {
        ["connect"] = "other kernels cannot be connected; #!sql asks the lab's runs, and C# reaches other databases and services through NuGet packages",
        ["log"] = "there is no log of kernel events; MOELAB_TRACE=1 shows where an error comes from",
        ["select-kernel"] = "there is one kernel; a cell chooses its language by its first line, such as #!sql",
    };

    private const string FSharp = "F# cells do not run here; keep the code in an F# project and add its assembly by #r \"PATH.dll\"";
    private const string PowerShell = "PowerShell cells do not run here; start programs from C# by System.Diagnostics.Process.Start";
    private const string Http = "HTTP cells do not run here; send requests from C# by System.Net.Http.HttpClient";

    /// <summary>The name that is used here.</summary>
    public static string Canonical(string name) => Alias.GetValueOrDefault(name, name.ToLowerInvariant());

    /// <summary>Why a magic is not here; null for one that Polyglot Notebooks have not either.</summary>
    public static string? Refusal(string name) => Languages.GetValueOrDefault(name) ?? Lines.GetValueOrDefault(name);

    /// <summary>Whether the lines below a magic are in a language that is not here.</summary>
    public static bool IsLanguage(string name) => Languages.ContainsKey(name);
}
