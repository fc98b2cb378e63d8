using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace MoELab.Tests.Kernels.Cuda;

/// <summary>
/// A module of the CUDA sources, compiled by g++ with the emulator in place of the GPU's instructions. The table of modules is the
/// one in the sources' README.
/// </summary>
internal sealed unsafe partial class EmulatedModule
{
    private const string Sources = "src/Kernels/Cuda/Host/Sources";
    private static readonly ConcurrentDictionary<string, Lazy<EmulatedModule>> Compiled = new();

    private readonly delegate* unmanaged<byte*, uint*, uint, uint, uint, void**, byte*> _launch;
    private readonly string _text;

    private EmulatedModule(string name, string? activation)
    {
        var row = Array.Find(File.ReadAllLines(Repository.PathOf($"{Sources}/README.md")), l => l.StartsWith($"| `{name}` | `prelude`", StringComparison.Ordinal))
            ?? throw new ArgumentException($"the sources' README has no module '{name}'");
        var cells = row.Split('|', StringSplitOptions.TrimEntries);
        _text = string.Concat(Quoted().Matches(cells[2]).Select(m => m.Groups[1].Value).Select(t => t == "ACTIVATION" && activation is not null
            ? $"#line 1 \"activation\"\n{activation}\n"
            : Text(t == "ACTIVATION" ? "activation_swiglu" : t)));
        var entries = string.Concat(Quoted().Matches(cells[3]).Select(m => $"MOELAB_ENTRY({m.Groups[1].Value}), "));

        var folder = TestFolders.New("emulator");
        var (source, library) = (Path.Combine(folder, $"{name}.cpp"), Path.Combine(folder, $"{name}.so"));
        File.WriteAllText(source, $"#define MOELAB_EMULATE\n#include \"warpgroups.h\"\n#include \"launch.h\"\n{_text}\nconst emulator::Entry moelab_entries[] = {{ {entries}}};\n"
            + "const unsigned moelab_entry_count = sizeof moelab_entries / sizeof *moelab_entries;\n"
            + "#ifdef TILE_THREADS\nconst unsigned moelab_threads = TILE_THREADS;\n#else\nconst unsigned moelab_threads = 0;\n#endif\n");
        var shim = Repository.PathOf("tests/MoELab.Tests/Kernels/Cuda/Emulator");
        // A fortified longjmp refuses to leave a stack for another one.
        Compile("-std=c++17", "-O2", "-shared", "-fPIC", "-w", "-ffp-contract=off", "-fno-strict-aliasing", "-U_FORTIFY_SOURCE", "-I", shim, source, "-o", library);
        Library = library;
        _launch = (delegate* unmanaged<byte*, uint*, uint, uint, uint, void**, byte*>)NativeLibrary.GetExport(NativeLibrary.Load(library), "moelab_launch");
    }

    /// <summary>The compiled file.</summary>
    public string Library { get; }

    /// <summary>The module, compiled once per run of the tests; the test is skipped where there is no g++.</summary>
    /// <param name="name">A module of the README.</param>
    /// <param name="activation">Text in place of the SwiGLU source.</param>
    public static EmulatedModule Load(string name, string? activation = null)
    {
        if (!OperatingSystem.IsLinux())
            Assert.Skip("the emulator of CUDA kernels runs on Linux");
        if (!Paths().Any(folder => File.Exists(Path.Combine(folder, "g++"))))
            Assert.Skip("no g++ on the PATH to compile the emulator of CUDA kernels");
        return Compiled.GetOrAdd($"{name} {activation}", _ => new(() => new EmulatedModule(name, activation))).Value;
    }

    /// <summary>A number that the sources define.</summary>
    public int this[string constant] => int.Parse(Regex.Match(_text, $@"^#define {constant} (\d+)$", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);

    /// <summary>
    /// Runs a kernel twice, with two orders of blocks, warps and lanes and with copies that land early and late. Fails when the
    /// results differ, when memory beside an array is written, and when the emulator finds a fault.
    /// </summary>
    /// <param name="kernel">Entry point.</param>
    /// <param name="grid">Blocks.</param>
    /// <param name="threads">Threads of a block.</param>
    /// <param name="shared">Bytes of dynamic shared memory.</param>
    /// <param name="arguments">Arrays of numbers, null pointers as null, and numbers, in the kernel's order.</param>
    public void Launch(string kernel, (int X, int Y, int Z) grid, int threads, int shared, params object?[] arguments)
    {
        var start = Array.ConvertAll(arguments, a => a is Array array ? array.Clone() : null);
        Run(kernel, grid, threads, shared, 1, arguments);
        var first = Array.ConvertAll(arguments, a => a is Array array ? array.Clone() : null);
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] is Array array)
                Array.Copy((Array)start[i]!, array, array.Length);
        }
        Run(kernel, grid, threads, shared, 2, arguments);
        for (var i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] is Array array)
                Assert.True(Bytes(array).SequenceEqual(Bytes((Array)first[i]!)), $"{kernel}: argument {i} depends on the order of blocks, warps or copies");
        }
    }

    private void Run(string kernel, (int X, int Y, int Z) grid, int threads, int shared, uint order, object?[] arguments)
    {
        using var memory = new GuardedMemory(arguments);
        var size = stackalloc uint[] { (uint)grid.X, (uint)grid.Y, (uint)grid.Z };
        fixed (byte* name = System.Text.Encoding.UTF8.GetBytes(kernel + '\0'))
        {
            var message = _launch(name, size, (uint)threads, (uint)shared, order, memory.Arguments);
            Assert.True(message == null, $"{kernel}: {Marshal.PtrToStringUTF8((nint)message)}");
        }
        memory.CopyBack(kernel);
    }

    private static string Text(string name) => $"#line 1 \"{name}.cu\"\n{Repository.Read($"{Sources}/{name}.cu")}";

    private static ReadOnlySpan<byte> Bytes(Array array) =>
        MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(array), Buffer.ByteLength(array));

    private static string[] Paths() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator);

    internal static void Compile(params string[] options)
    {
        using var compiler = Process.Start(new ProcessStartInfo("g++", options) { RedirectStandardError = true })!;
        var messages = compiler.StandardError.ReadToEnd();
        compiler.WaitForExit();
        Assert.True(compiler.ExitCode == 0, messages);
    }

    [GeneratedRegex("`([A-Za-z0-9_]+)`")]
    private static partial Regex Quoted();
}
