using System.Security.Cryptography;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Emit;
using Microsoft.CodeAnalysis.Text;
using MoELab.Kernels.Cuda;
using MoELab.Plugins;

namespace MoELab.Cells.Plugins;

/// <summary>
/// A plugin written in a cell: its text is compiled as a library, never as a script, and kept as a plugin folder below the runs,
/// with symbols and source. Changed text is a new version, to which the plain name then refers.
/// </summary>
internal static class CellPlugin
{
    // Namespaces that cells import by default; a library must import them itself.
    private const string Prelude = """
        global using System;
        global using System.Collections.Generic;
        global using System.ComponentModel;
        global using System.ComponentModel.DataAnnotations;
        global using System.Linq;
        global using MoELab;
        global using MoELab.Contracts;
        global using MoELab.Errors;
        global using MoELab.Experts;
        global using MoELab.Optimization;
        global using MoELab.Plugins;
        global using MoELab.Recipes;
        global using MoELab.Recipes.Costs;
        global using MoELab.Recipes.Lengths;
        global using MoELab.Recipes.Options;
        global using MoELab.Routing;
        global using MoELab.Routing.Balancing;
        global using MoELab.Routing.Routers;
        global using TorchSharp;
        global using static TorchSharp.torch;
        global using Tensor = TorchSharp.torch.Tensor;
        [assembly: MoELabPlugin(PluginContract.Version)]
        """;

    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. HostAssemblies.Files
            .Where(f => Path.GetFileName(f) is var n
                && (n.StartsWith("System.", StringComparison.Ordinal) || n is "netstandard.dll" or "mscorlib.dll" or "TorchSharp.dll"))
            .Append(typeof(PluginCatalog).Assembly.Location)
            .Append(typeof(CudaExperts).Assembly.Location)
            .Select(f => MetadataReference.CreateFromFile(f))]);

    /// <summary>
    /// Compiles a cell and loads its plugins; from now on the plain names refer to them. The notebook's variables distinguish a reference to one
    /// from a misspelling; the text begins on <paramref name="firstLine"/> of the cell.
    /// </summary>
    /// <exception cref="CellPluginException">The text does not compile, or contains no usable plugin.</exception>
    public static IReadOnlyList<PluginInfo> Define(string code, Lab lab, IReadOnlySet<string>? variables = null, int firstLine = 1)
    {
        var (compilation, text, name) = Compile(code);
        using MemoryStream assembly = new(), symbols = new();
        var result = compilation.Emit(assembly, symbols,
            options: new EmitOptions(debugInformationFormat: DebugInformationFormat.PortablePdb),
            embeddedTexts: [EmbeddedText.FromSource("cell.cs", text)]);
        if (result.Diagnostics.FirstOrDefault(d => d.Severity == DiagnosticSeverity.Error) is { } error)
            throw Refusal(error, variables, firstLine);
        var folder = Keep(lab, name, code, assembly.ToArray(), symbols.ToArray());
        return lab.Plugins.Define(folder);
    }

    public static IReadOnlyList<CellDiagnostic> Diagnose(string code, IReadOnlySet<string>? variables = null)
    {
        try
        {
            return [.. Compile(code).Compilation.GetDiagnostics()
                .Where(d => d.Severity >= DiagnosticSeverity.Warning && d.Location.SourceTree?.FilePath == "cell.cs")
                .Select(d => new CellDiagnostic(d.Location.SourceSpan.Start, d.Location.SourceSpan.End, $"{d.Id}: {Sentence(d, variables)}",
                    d.Severity == DiagnosticSeverity.Error))];
        }
        catch (CellPluginException e)
        {
            return [new CellDiagnostic(0, code.Length, e.Message)];
        }
    }

    private static (CSharpCompilation Compilation, SourceText Text, string Name) Compile(string code)
    {
        var options = CSharpParseOptions.Default.WithLanguageVersion(LanguageVersion.Latest);
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(code)))[..16];
        // Embedded source needs an encoding to be hashed with.
        var text = SourceText.From(code, new UTF8Encoding(false));
        var tree = CSharpSyntaxTree.ParseText(text, options, path: "cell.cs");
        var name = $"{NameIn(tree)}-{hash}";
        var compilation = CSharpCompilation.Create(name,
            [CSharpSyntaxTree.ParseText(SourceText.From(Prelude, new UTF8Encoding(false)), options, path: "prelude.cs"), tree], References.Value,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, deterministic: true,
                optimizationLevel: OptimizationLevel.Release, nullableContextOptions: NullableContextOptions.Enable, allowUnsafe: true));
        return (compilation, text, name);
    }

    private static string NameIn(SyntaxTree tree) => tree.GetRoot().DescendantNodes().OfType<AttributeSyntax>()
        .Where(a => a.Name.ToString() is "Plugin" or "PluginAttribute")
        .Select(a => (a.ArgumentList?.Arguments.FirstOrDefault()?.Expression as LiteralExpressionSyntax)?.Token.ValueText)
        .FirstOrDefault(n => !string.IsNullOrEmpty(n) && n.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
        ?? throw new CellPluginException("CellPlugin", "the cell has no class with [Plugin(\"name\", \"summary\")] and a kebab-case name", 0);

    private static CellPluginException Refusal(Diagnostic error, IReadOnlySet<string>? variables, int firstLine)
    {
        var line = error.Location.SourceTree?.FilePath == "cell.cs" ? error.Location.GetLineSpan().StartLinePosition.Line + firstLine : 0;
        return new(error.Id, Sentence(error, variables), line);
    }

    private static string Sentence(Diagnostic error, IReadOnlySet<string>? variables)
    {
        var word = error.Location.SourceTree?.GetText().ToString(error.Location.SourceSpan) ?? "";
        return error.Id == "CS0103" && variables?.Contains(word) == true
            ? $"'{word}' is a variable of the notebook, which a plugin cannot see because it also runs in other processes; pass it as an option"
            : error.GetMessage(System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Keep(Lab lab, string name, string code, byte[] assembly, byte[] symbols)
    {
        var folder = Path.GetFullPath(Path.Combine(lab.RunsDirectory, ".plugins", name));
        Directory.CreateDirectory(folder);
        var library = Path.Combine(folder, name + ".dll");
        // The same text compiles to the same bytes, and a run may be copying them right now.
        if (!File.Exists(library) || !File.ReadAllBytes(library).AsSpan().SequenceEqual(assembly))
        {
            File.WriteAllBytes(library + ".tmp", assembly);
            File.Move(library + ".tmp", library, overwrite: true);
            File.WriteAllBytes(Path.Combine(folder, name + ".pdb"), symbols);
            File.WriteAllText(Path.Combine(folder, "cell.cs"), code);
        }
        return folder;
    }
}
