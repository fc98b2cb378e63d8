using System.Reflection;
using System.Runtime.Loader;
using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Scripting;
using Microsoft.CodeAnalysis.Scripting;
using Microsoft.CodeAnalysis.Scripting.Hosting;
using MoELab.Plugins;

namespace MoELab.Cells.CSharp;

/// <summary>The references of C# cells: the host's assemblies, and those added by <c>#r</c>.</summary>
/// <param name="lab">The lab that loads assemblies with plugins.</param>
internal sealed partial class CSharpReferences(Lab lab)
{
    private readonly HashSet<string> _added = new(StringComparer.Ordinal);
    private MetadataReference[] _new = [];

    public ScriptOptions Options { get; private set; } = ScriptOptions.Default
        .WithReferences(CSharpDefaults.References).WithImports(CSharpDefaults.Usings).WithLanguageVersion(LanguageVersion.Preview)
        .WithEmitDebugInformation(true).WithFileEncoding(Encoding.UTF8).WithAllowUnsafe(true)
        .WithOptimizationLevel(OptimizationLevel.Release);

    /// <summary>Options of a later submission. It inherits the references of those before it; repeating them would cost the sum of all.</summary>
    public ScriptOptions Added => Options.WithReferences(_new).WithImports();

    /// <summary>Called when a submission in the chain has taken the added references.</summary>
    public void Kept() => _new = [];

    public InteractiveAssemblyLoader Loader { get; } = new();

    /// <summary>Processes the <c>#r</c> lines of a cell; returns the code with these lines blank.</summary>
    /// <exception cref="InputException">A file or package cannot be used.</exception>
    public async Task<string> Take(string code, ICellOutput output, CancellationToken cancel)
    {
        if (Source().Match(code) is { Success: true } source)
            throw new InputException($"{source.Value.Trim()}: a cell cannot add a source of packages; "
                + "add it to nuget.config (dotnet nuget add source URL)");
        foreach (Match directive in Directive().Matches(code))
        {
            var target = directive.Groups[1].Value;
            if (Package().Match(target) is not { Success: true, Groups: var package })
                AddFile(target);
            else
                foreach (var file in await Packages.PackageResolver.Resolve(package[1].Value, package[2].Value, output, cancel)
                    .ConfigureAwait(false))
                    Add(file);
        }
        return Directive().Replace(code, "");
    }

    private void AddFile(string target)
    {
        var path = Path.GetFullPath(target);
        if (!File.Exists(path))
            throw new InputException($"#r \"{target}\": no such file; expected an assembly's path, or \"nuget: Name, Version\"");
        if (PluginAssembly.Read(path) is { Plugins.Count: > 0 })
        {
            lab.Plugins.AddFolder(Path.GetDirectoryName(path)!);
            return;
        }
        try
        {
            Add(path);
        }
        catch (Exception e) when (e is BadImageFormatException or FileLoadException)
        {
            throw new InputException($"#r \"{target}\": not a .NET assembly that can be loaded ({e.Message.Split('\n')[0]})", e);
        }
    }

    private void Add(string path)
    {
        // An assembly that is already loaded wins, because types of two copies would differ.
        var name = AssemblyName.GetAssemblyName(path);
        if (!_added.Add(path) || AssemblyLoadContext.Default.Assemblies.Any(a => a.GetName().Name == name.Name))
            return;
        var assembly = AssemblyLoadContext.Default.LoadFromAssemblyPath(path);
        Loader.RegisterDependency(assembly);
        var reference = CSharpDefaults.Reference(path);
        _new = [.. _new, reference];
        Options = Options.AddReferences(reference);
    }

    [GeneratedRegex("^[ \\t]*#r[ \\t]+\"([^\"]+)\"[ \\t]*;?[ \\t]*(?=\\r?$)", RegexOptions.Multiline)]
    private static partial Regex Directive();

    [GeneratedRegex("^[ \\t]*#i[ \\t]+\"[^\"\n]*\"", RegexOptions.Multiline)]
    private static partial Regex Source();

    [GeneratedRegex(@"^nuget:\s*([^\s,]+)\s*(?:,\s*(\S+))?\s*$", RegexOptions.IgnoreCase)]
    private static partial Regex Package();
}
