using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace MoELab.Tests.Plugins;

/// <summary>Tiny plugin assemblies, compiled in this process.</summary>
internal static class PluginSources
{
    private static readonly Lazy<MetadataReference[]> References = new(() =>
        [.. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(f => f.EndsWith(".dll", StringComparison.Ordinal))
            .Select(f => MetadataReference.CreateFromFile(f))]);

    /// <summary>A balancer that moves every bias by <paramref name="step"/>, which tells versions of it apart.</summary>
    public static string Tilt(string name = "tilt", double step = 1, string contract = "PluginContract.Version") => $$"""
        using System.ComponentModel.DataAnnotations;
        using MoELab.Contracts;
        using TorchSharp;

        [assembly: MoELabPlugin({{contract}})]

        [Plugin("{{name}}", "Moves every bias by a fixed step")]
        public sealed class Tilt(TiltOptions options) : IBalancer
        {
            public RoutingStatsKinds Needs => RoutingStatsKinds.Counts;
            public BalancerState CreateState(int layers, int experts) => new(layers, experts, "momentum");
            public void Update(in RoutingStats stats, BalancerState state, StepInfo step)
            {
                using var scope = torch.NewDisposeScope();
                state.Bias_LE.add_(torch.sign(stats.Counts_LE.to(torch.float32)) * (options.Gamma * {{FormattableString.Invariant($"{step}")}}));
            }
        }

        public enum TiltMode { Plain, TwoWords }

        public sealed record TiltOptions
        {
            [Range(0.0, 1.0)] public double Gamma { get; init; } = 0.5;
            public TiltMode Mode { get; init; }
            public int? Every { get; init; }
            public double[] Weights { get; init; } = [];
        }
        """;

    /// <summary>Compiles a library; returns its path.</summary>
    public static string Compile(string source, string folder, string name = "Plugin", params string[] references)
    {
        Directory.CreateDirectory(folder);
        var compilation = CSharpCompilation.Create(name, [CSharpSyntaxTree.ParseText(source)], [.. References.Value, .. references.Select(r => MetadataReference.CreateFromFile(r))],
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, deterministic: true, optimizationLevel: OptimizationLevel.Release));
        var path = Path.Combine(folder, $"{name}.dll");
        using var bytes = new MemoryStream();
        var result = compilation.Emit(bytes);
        Assert.True(result.Success, string.Join('\n', result.Diagnostics));
        File.WriteAllBytes(path, bytes.ToArray());
        return path;
    }
}
