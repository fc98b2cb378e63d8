using System.Text.RegularExpressions;
using MoELab.Plugins;
using Mono.Cecil;
using Mono.Cecil.Cil;

namespace MoELab.Tests.Structure;

/// <summary>Which folder of the core may use which others, as docs/architecture.md draws them; all may use Errors.</summary>
public sealed partial class LayerTests
{
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Errors"] = [],
        ["Recipes"] = [],
        ["Randomness"] = [],
        ["Contracts"] = ["Recipes", "Interop"],
        ["Interop"] = ["Recipes"],
        ["Parallel"] = ["Contracts", "Interop"],
        ["Runs"] = ["Recipes", "Interop"],
        ["Plugins"] = ["Contracts", "Recipes", "Runs"],
        ["Routing"] = ["Contracts", "Recipes", "Randomness", "Interop"],
        ["Experts"] = ["Contracts", "Recipes", "Interop", "Plugins"],
        ["Optimization"] = ["Contracts", "Recipes", "Interop"],
        ["Data"] = ["Contracts", "Recipes", "Randomness", "Interop", "Plugins"],
        ["Model"] = ["Contracts", "Recipes", "Randomness", "Interop", "Routing", "Experts", "Optimization"],
        ["Training"] = ["Contracts", "Recipes", "Randomness", "Interop", "Parallel", "Runs", "Plugins", "Routing", "Experts", "Optimization", "Data", "Model"],
    };

    // Recipes are data: the defaults and presets name the plugins that they are about.
    private static readonly string[] NamesPluginsAsData = ["LabPresets", "OptimizerRecipe", "Recipe", "TrinityPresets"];

    public static TheoryData<string> Folders =>
        [.. Directory.GetDirectories(Repository.PathOf("src/Core")).Select(d => Path.GetFileName(d)).Where(d => d is not ("bin" or "obj"))];

    [Theory, MemberData(nameof(Folders))]
    public void A_folder_of_the_core_uses_only_what_stands_below_it(string folder)
    {
        Assert.True(MayUse.ContainsKey(folder), $"{folder} is new: say here and in docs/architecture.md what it may use");
        string[] allowed = [.. MayUse[folder].Append("Errors").Append(folder).Select(f => $"MoELab.{f}")];
        Assert.Empty(CodeGraph.Edges.Where(e => e.Assembly == "MoELab.Core" && IsIn(e.From, $"MoELab.{folder}") && !allowed.Any(a => IsIn(e.To, a))).Select(e => e.Types).Distinct());
    }

    [Fact]
    public void The_core_names_no_plugin_but_in_recipes_not_even_by_string()
    {
        var core = typeof(PluginCatalog).Assembly;
        Assert.DoesNotContain(core.GetReferencedAssemblies(), a => a.Name!.StartsWith("MoELab", StringComparison.Ordinal));
        var plugins = PluginAssemblies.SelectMany(Types).SelectMany(t => t.CustomAttributes).Where(a => a.AttributeType.Name == nameof(PluginAttribute))
            .Select(a => (string)a.ConstructorArguments[0].Value).ToHashSet();
        Assert.Superset(new HashSet<string> { "adamw", "cuda", "packed", "smebu" }, plugins);
        var named = from type in Types(core.Location)
                    from method in type.Methods
                    where method.HasBody
                    from instruction in method.Body.Instructions
                    where instruction.OpCode.Code == Code.Ldstr && plugins.Contains((string)instruction.Operand)
                    select type.Name;
        Assert.Equal(NamesPluginsAsData, named.Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_plugin_references_the_core_alone_and_CUDA_its_host()
    {
        Assert.NotEmpty(PluginAssemblies);
        Assert.All(CodeGraph.Assemblies.Where(a => PluginAssemblies.Contains(a.Location)), a =>
            Assert.DoesNotContain(a.GetReferencedAssemblies(), r => r.Name!.StartsWith("MoELab", StringComparison.OrdinalIgnoreCase) && r.Name is not ("MoELab.Core" or "MoELab.Kernels.Cuda.Host")));
        foreach (var project in new[] { "src/Plugins", "src/Kernels" }.SelectMany(folder => Directory.GetFiles(Repository.PathOf(folder), "*.*proj", SearchOption.AllDirectories)))
            Assert.All(ProjectReference().Matches(File.ReadAllText(project)).Select(m => m.Groups[1].Value), r => Assert.Matches(@"MoELab\.(Core|Kernels\.Cuda\.Host)\.csproj$", r));
    }

    [Fact]
    public void The_CUDA_host_knows_neither_the_core_nor_TorchSharp()
    {
        Assert.Empty(ProjectReference().Matches(Repository.Read("src/Kernels/Cuda/Host/MoELab.Kernels.Cuda.Host.csproj")));
        Assert.All(typeof(MoELab.Kernels.Cuda.Host.Compilation.CudaCompiler).Assembly.GetReferencedAssemblies(), a => Assert.StartsWith("System.", a.Name!, StringComparison.Ordinal));
    }

    private static string[] PluginAssemblies =>
        [.. CodeGraph.Assemblies.Select(a => a.Location).Where(f => Path.GetFileName(f) is var name && (name.StartsWith("MoELab.Plugins.", StringComparison.Ordinal) || name.StartsWith("MoELab.Kernels.", StringComparison.Ordinal)))];

    private static IEnumerable<TypeDefinition> Types(string assembly) => AssemblyDefinition.ReadAssembly(assembly).MainModule.GetTypes();

    private static bool IsIn(string name, string parent) => name == parent || name.StartsWith(parent + ".", StringComparison.Ordinal);

    [GeneratedRegex("ProjectReference Include=\"([^\"]+)\"")]
    private static partial Regex ProjectReference();
}
