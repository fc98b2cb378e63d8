using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;
using MoELab.Data.Preparation;

namespace MoELab.Cli;

/// <summary>Describes the machine. Loads libtorch, because a failure to load it is the most useful thing to report.</summary>
internal static partial class MachineReport
{
    public static JsonObject Read()
    {
        var report = new JsonObject
        {
            ["moelab"] = VersionOf(typeof(PluginContract).Assembly),
            ["plugin_contract"] = PluginContract.Version,
            ["dotnet"] = RuntimeInformation.FrameworkDescription,
            ["system"] = RuntimeInformation.OSDescription,
            ["platform"] = RuntimeInformation.RuntimeIdentifier,
            ["processor"] = Processor(),
            ["cores"] = Environment.ProcessorCount,
            ["memory_gib"] = Math.Round(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (double)(1 << 30), 1),
            ["instruction_sets"] = new JsonArray([.. InstructionSets().Select(s => (JsonNode)s)]),
            ["glibcxx"] = Glibcxx(),
            ["torchsharp"] = VersionOf(typeof(torch).Assembly),
        };
        try
        {
            report["libtorch"] = torch.__version__;
            report["threads"] = torch.get_num_threads();
            report["openmp_waiting"] = Interop.Host.OpenMpWaiting.InForce;
            report["device"] = torch.cuda.is_available() ? "cuda" : "cpu";
        }
        catch (Exception e) when (e is TypeInitializationException or DllNotFoundException or NotSupportedException or FileNotFoundException
            or BadImageFormatException)
        {
            report["libtorch"] = $"cannot be loaded: {(e.InnerException ?? e).Message}";
            report["device"] = "none";
        }
        report["cache"] = PreparedCorpus.CacheDirectory;
        return report;
    }

    private static string VersionOf(Assembly assembly) =>
        assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion.Split('+')[0]
            ?? assembly.GetName().Version?.ToString() ?? "unknown";

    private static IEnumerable<string> InstructionSets() => new (string Name, bool Has)[]
    {
        ("sse4.2", Sse42.IsSupported), ("avx", Avx.IsSupported), ("avx2", Avx2.IsSupported), ("fma", Fma.IsSupported),
        ("avx512f", Avx512F.IsSupported), ("avx512bw", Avx512BW.IsSupported), ("avx512vbmi", Avx512Vbmi.IsSupported),
        ("neon", AdvSimd.IsSupported), ("dotprod", Dp.IsSupported),
    }.Where(s => s.Has).Select(s => s.Name);

    private static string Processor()
    {
        const string info = "/proc/cpuinfo";
        var line = File.Exists(info) ? File.ReadLines(info).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    // The newest version that this system's C++ library provides; libtorch needs 3.4.32.
    private static string? Glibcxx()
    {
        var library = new[] { "/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "/usr/lib64/libstdc++.so.6",
            "/usr/lib/aarch64-linux-gnu/libstdc++.so.6", "/usr/lib/libstdc++.so.6" }.FirstOrDefault(File.Exists);
        return library is null ? null
            : Versions().Matches(System.Text.Encoding.Latin1.GetString(File.ReadAllBytes(library)))
                .Select(m => Version.Parse(m.Groups[1].Value)).Max()?.ToString();
    }

    [GeneratedRegex(@"GLIBCXX_(\d+\.\d+\.\d+)")]
    private static partial Regex Versions();
}
