using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MoELab.Cells.CSharp;

/// <summary>Defaults of C# cells: usings, references, parse options.</summary>
internal static class CSharpDefaults
{
    /// <summary>Namespaces that need no using; cells may still name them.</summary>
    public static readonly string[] Usings =
    [
        "System", "System.Collections.Generic", "System.ComponentModel", "System.ComponentModel.DataAnnotations", "System.IO", "System.Linq",
        "System.Text", "System.Threading", "System.Threading.Tasks", "MoELab", "MoELab.Clusters", "MoELab.Clusters.Definition", "MoELab.Clusters.Jobs", "MoELab.Contracts", "MoELab.Errors", "MoELab.Plugins", "MoELab.Query",
        "MoELab.Interop.Files", "MoELab.Recipes", "MoELab.Recipes.Costs", "MoELab.Recipes.Lengths", "MoELab.Recipes.Options",
        "MoELab.Routing", "MoELab.Routing.Balancing", "MoELab.Routing.Metrics", "MoELab.Routing.Replay", "MoELab.Routing.Routers",
        "MoELab.Runs.Analysis", "MoELab.Runs.Control", "MoELab.Runs.Export", "MoELab.Runs.Folder", "MoELab.Runs.Log", "MoELab.Runs.Reading",
        "MoELab.Studies", "MoELab.Studies.Definition", "MoELab.Studies.Planning", "MoELab.Studies.Races", "MoELab.Studies.Reports", "MoELab.Studies.Results",
        "MoELab.Studies.Running", "MoELab.Studies.Sandbox", "MoELab.Studies.Sandbox.Streams", "MoELab.Studies.Statistics",
        "MoELab.Views", "MoELab.Views.Comparisons", "MoELab.Views.Plotly", "MoELab.Views.Reports", "MoELab.Views.Scenes", "MoELab.Views.Studies", "MoELab.Views.Tables",
        "MoELab.Cells", "Microsoft.DotNet.Interactive.Formatting", "MoELab.Cells.Displays",
    ];

    public static readonly CSharpParseOptions Parse = new(LanguageVersion.Preview, DocumentationMode.Parse, SourceCodeKind.Script);

    private static readonly Lazy<IReadOnlyList<MetadataReference>> Host = new(() => [.. HostAssemblies.Files.Select(Reference)]);

    public static IReadOnlyList<MetadataReference> References => Host.Value;

    /// <summary>A file as a reference, with its documentation if that is next to it.</summary>
    public static MetadataReference Reference(string path)
    {
        var xml = Path.ChangeExtension(path, ".xml");
        return MetadataReference.CreateFromFile(path, documentation: File.Exists(xml) ? XmlDocumentationProvider.CreateFromFile(xml) : null);
    }
}
