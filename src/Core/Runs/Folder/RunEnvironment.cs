using System.Reflection;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics.X86;
using System.Security.Cryptography;
using MoELab.Recipes.Input;

namespace MoELab.Runs.Folder;

/// <summary>What a run ran on: <c>environment.json</c>.</summary>
public static class RunEnvironment
{
    /// <summary>Versions, processor and threads, and the hash of the core.</summary>
    public static JsonObject Describe() => new()
    {
        ["moelab"] = typeof(RunEnvironment).Assembly.GetName().Version?.ToString(3),
        ["core_hash"] = CoreHash,
        ["torchsharp"] = typeof(torch).Assembly.GetName().Version?.ToString(3),
        ["libtorch"] = torch.__version__,
        ["dotnet"] = RuntimeInformation.FrameworkDescription,
        ["os"] = RuntimeInformation.OSDescription,
        ["processor"] = Processor(),
        ["cores"] = Environment.ProcessorCount,
        ["instruction_sets"] = new JsonArray([.. InstructionSets().Select(s => (JsonNode)s)]),
        ["threads"] = torch.get_num_threads(),
        ["openmp_waiting"] = Interop.Host.OpenMpWaiting.InForce,
        ["git_commit"] = GitCommit(),
    };

    /// <summary>The first sixteen hex digits of the SHA-256 of the core's assembly.</summary>
    internal static string CoreHash { get; } = HashOf(typeof(RunEnvironment).Assembly);

    internal static JsonField Read(string path)
    {
        var environment = InputJson.Read(path, "the environment of a run");
        return environment.Exists && environment.AsObject() is not null ? environment : throw environment.Unfit("an object");
    }

    /// <summary>The vector instruction sets that this process uses, widest last.</summary>
    public static IReadOnlyList<string> InstructionSets() =>
        [.. new[] { ("SSE4.2", Sse42.IsSupported), ("AVX2", Avx2.IsSupported), ("FMA", Fma.IsSupported), ("AVX512F", Avx512F.IsSupported),
            ("AdvSimd", System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported) }.Where(s => s.Item2).Select(s => s.Item1)];

    /// <summary>The processor's name, or its architecture if the system does not have it.</summary>
    public static string Processor()
    {
        const string info = "/proc/cpuinfo";
        var line = File.Exists(info) ? File.ReadLines(info).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private static string HashOf(Assembly assembly) => assembly.Location.Length == 0
        ? "in-memory"
        : Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(assembly.Location)))[..16];

    // The clone that the program was built from, if it still contains it; git is not started.
    internal static string? GitCommit()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            var head = Path.Combine(folder.FullName, ".git", "HEAD");
            if (!File.Exists(head))
                continue;
            var text = File.ReadAllText(head).Trim();
            if (!text.StartsWith("ref: ", StringComparison.Ordinal))
                return text;
            var reference = Path.Combine(folder.FullName, ".git", text[5..]);
            return File.Exists(reference) ? File.ReadAllText(reference).Trim() : null;
        }
        return null;
    }
}
