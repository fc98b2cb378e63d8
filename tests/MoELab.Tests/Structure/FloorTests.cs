using System.Text.RegularExpressions;

namespace MoELab.Tests.Structure;

/// <summary>Which folder may know which: the floors that CONTRIBUTING.md describes.</summary>
public sealed partial class FloorTests
{
    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Recipes"] = [],
        ["Randomness"] = [],
        ["Parallel"] = [],
        ["Interop"] = ["Recipes"],
        ["Routing"] = ["Recipes", "Randomness", "Interop", "Plugins"],
        ["Experts"] = ["Recipes", "Interop", "Routing", "Plugins"],
        ["Optimization"] = ["Recipes", "Interop", "Routing"],
        ["Runs"] = ["Recipes", "Interop"],
        ["Data"] = ["Recipes", "Randomness", "Plugins"],
        // The finder of plugins knows the contract of each kind.
        ["Plugins"] = ["Recipes", "Routing", "Experts", "Optimization", "Data", "Runs", "Training"],
        ["Model"] = ["Recipes", "Randomness", "Interop", "Routing", "Experts", "Optimization"],
        ["Training"] = ["Recipes", "Interop", "Parallel", "Routing", "Experts", "Optimization", "Plugins", "Model", "Data", "Runs"],
        ["Lab"] = ["Recipes", "Interop", "Routing", "Experts", "Plugins", "Model", "Data", "Runs", "Training"],
    };

    public static TheoryData<string> Folders => [.. Directory.GetDirectories(Repository.PathOf("src/Core")).Select(d => Path.GetFileName(d)).Where(d => d is not ("bin" or "obj"))];

    [Theory, MemberData(nameof(Folders))]
    public void A_folder_of_the_core_uses_only_what_stands_below_it(string folder)
    {
        Assert.True(MayUse.ContainsKey(folder), $"{folder} is new: say here and in CONTRIBUTING.md what it may use");
        var used = Sources($"src/Core/{folder}").SelectMany(text => Using().Matches(text).Select(m => m.Groups[1].Value)).Distinct().Where(n => n != folder);
        Assert.Empty(used.Except(MayUse[folder]));
    }

    [Fact]
    public void The_contracts_alone_of_training_and_data_reach_the_finder()
    {
        var text = string.Join('\n', Sources("src/Core/Plugins"));
        Assert.DoesNotMatch(@"\b(Trainer|TrainingParts|StepRunner|PreparedCorpus|MoEModel)\b", text);
    }

    [Fact]
    public void The_core_names_no_plugin_project()
    {
        var projects = Directory.GetDirectories(Repository.PathOf("src/Plugins")).Select(d => Path.GetFileName(d)).ToList();
        Assert.NotEmpty(projects);
        foreach (var text in Sources("src/Core"))
            Assert.All(projects, p => Assert.DoesNotContain($"MoELab.Plugins.{p}", text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_plugin_project_references_the_core_alone_and_CUDA_its_host()
    {
        foreach (var project in new[] { "src/Plugins", "src/Kernels" }.SelectMany(folder => Directory.GetFiles(Repository.PathOf(folder), "*.*proj", SearchOption.AllDirectories)))
            Assert.All(ProjectReference().Matches(File.ReadAllText(project)).Select(m => m.Groups[1].Value), r => Assert.Matches(@"MoELab\.(Core|Kernels\.Cuda\.Host)\.csproj$", r));
    }

    [Fact]
    public void The_CUDA_host_knows_neither_the_core_nor_TorchSharp()
    {
        Assert.Empty(ProjectReference().Matches(Repository.Read("src/Kernels/Cuda/Host/MoELab.Kernels.Cuda.Host.csproj")));
        Assert.All(typeof(MoELab.Cuda.CudaCompiler).Assembly.GetReferencedAssemblies(), a => Assert.StartsWith("System.", a.Name!, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Sources(string folder) => Directory.GetFiles(Repository.PathOf(folder), "*.cs", SearchOption.AllDirectories).Select(File.ReadAllText);

    [GeneratedRegex(@"^using MoELab\.(\w+)", RegexOptions.Multiline)]
    private static partial Regex Using();

    [GeneratedRegex("ProjectReference Include=\"([^\"]+)\"")]
    private static partial Regex ProjectReference();
}
