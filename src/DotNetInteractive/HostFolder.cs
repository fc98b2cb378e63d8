using System.Reflection;
using System.Runtime.Loader;

namespace MoELab.DotNetInteractive;

/// <summary>Finds MoELab's assemblies and native libraries, which are in one folder outside the notebook's program.</summary>
internal static class HostFolder
{
    private const string Variable = "MOELAB_CLI";
    private static readonly Lock Gate = new();
    private static bool _used;

    // Assemblies of which the notebook's program has an older version, such as Roslyn's; ours are loaded beside them.
    private static readonly AssemblyLoadContext Newer = new("MoELab");

    /// <summary>Resolves from the folder of the command line from now on.</summary>
    public static void Use()
    {
        lock (Gate)
        {
            if (_used)
                return;
            _used = true;
            var program = Program();
            // Cells start this program to train.
            Environment.SetEnvironmentVariable(Variable, program);
            var resolver = new AssemblyDependencyResolver(program);
            AssemblyLoadContext.Default.Resolving += (_, name) => Resolve(resolver, name);
            AssemblyLoadContext.Default.ResolvingUnmanagedDll += (_, name) => resolver.ResolveUnmanagedDllToPath(name) is { } file
                ? System.Runtime.InteropServices.NativeLibrary.Load(file) : IntPtr.Zero;
        }
    }

    private static string Program()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
            return File.Exists(named) ? Path.GetFullPath(named)
                : throw new InvalidOperationException($"MoELab: {Variable} is {named}, but this file does not exist; "
                    + "expected the path of moelab.dll");
        var beside = Path.Combine(Path.GetDirectoryName(typeof(HostFolder).Assembly.Location)!, "moelab.dll");
        return File.Exists(beside) ? beside : throw new InvalidOperationException($"MoELab: no {beside}; set {Variable} to the path of moelab.dll");
    }

    private static Assembly? Resolve(AssemblyDependencyResolver resolver, AssemblyName name)
    {
        // Displayed values pass between MoELab and the notebook, so both must use the notebook's formatting.
        if (name.Name!.StartsWith("Microsoft.DotNet.Interactive", StringComparison.Ordinal))
            return AssemblyLoadContext.Default.Assemblies.FirstOrDefault(a => a.GetName().Name == name.Name);
        if (resolver.ResolveAssemblyToPath(name) is not { } file)
            return null;
        return Carried(name.Name) ? Newer.LoadFromAssemblyPath(file) : AssemblyLoadContext.Default.LoadFromAssemblyPath(file);
    }

    private static bool Carried(string name) => ((string?)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES") ?? "").Split(Path.PathSeparator)
        .Any(f => Path.GetFileNameWithoutExtension(f.AsSpan()).SequenceEqual(name));
}
