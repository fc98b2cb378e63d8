using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MoELab.Cells.CSharp;

/// <summary>What C# cells begin with: usings, references, parse options.</summary>
internal static class CSharpDefaults
{
    /// <summary>Namespaces that need no using; cells may still name them.</summary>
    public static readonly string[] Usings =
    [
        "System", "System.Collections.Generic", "System.ComponentModel", "System.ComponentModel.DataAnnotations", "System.IO",
        "System.Linq", "System.Text",
        "System.Threading", "System.Threading.Tasks", "MoELab", "MoELab.Recipes", "MoELab.Routing", "MoELab.Runs", "MoELab.Plugins", "MoELab.Views",
        "MoELab.Comparisons", "MoELab.Reports", "MoELab.Queries", "MoELab.Cells", "Microsoft.DotNet.Interactive.Formatting", "MoELab.Cells.Displays",
    ];

    /// <summary>Scripts in the newest C#.</summary>
    public static readonly CSharpParseOptions Parse = new(LanguageVersion.Preview, DocumentationMode.Parse, SourceCodeKind.Script);

    private static readonly Lazy<IReadOnlyList<MetadataReference>> Host = new(() => [.. HostAssemblies.Files.Select(Reference)]);

    /// <summary>Every assembly that the host carries.</summary>
    public static IReadOnlyList<MetadataReference> References => Host.Value;

    /// <summary>A file as a reference, with its documentation where it lies beside.</summary>
    public static MetadataReference Reference(string path)
    {
        var xml = Path.ChangeExtension(path, ".xml");
        return MetadataReference.CreateFromFile(path, documentation: File.Exists(xml) ? XmlDocumentationProvider.CreateFromFile(xml) : null);
    }
}
