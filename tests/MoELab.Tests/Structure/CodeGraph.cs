using System.Reflection;
using ArchUnitNET.Domain;
using ArchUnitNET.Loader;
using Assembly = System.Reflection.Assembly;

namespace MoELab.Tests.Structure;

/// <summary>Which types of MoELab use which, read from the compiled assemblies: full names, attributes and lambdas count too.</summary>
internal static class CodeGraph
{
    /// <summary>Every assembly of <c>src</c> that the tests are built with.</summary>
    public static IReadOnlyList<Assembly> Assemblies { get; } =
    [
        .. from file in Directory.GetFiles(AppContext.BaseDirectory, "*.dll").Order(StringComparer.Ordinal)
           let name = Path.GetFileNameWithoutExtension(file)
           where (name.StartsWith("MoELab.", StringComparison.Ordinal) && name is not ("MoELab.Tests" or "MoELab.CudaCheck" or "MoELab.GroupHost")) || name == "moelab"
           select Assembly.Load(new AssemblyName(name)),
    ];

    /// <summary>Each use of a type in another namespace of MoELab: the assembly, the namespaces of both types, and the two types.</summary>
    public static IReadOnlyList<(string Assembly, string From, string To, string Types)> Edges { get; } =
    [
        .. Load().Types.SelectMany(t => t.Dependencies)
            .Select(d => (Assembly: d.Origin.Assembly.Name, From: d.Origin.Namespace?.FullName ?? "", To: d.Target.Namespace?.FullName ?? "", Types: $"{d.Origin.Name} uses {d.Target.Name}"))
            .Where(e => e.From != e.To && (e.To == "MoELab" || e.To.StartsWith("MoELab.", StringComparison.Ordinal))),
    ];

    /// <summary>The uses between namespaces that lie on a circle, as <c>A -> B</c>.</summary>
    public static IReadOnlyList<string> OnCircles()
    {
        var edges = Edges.Select(e => (e.From, e.To)).Distinct().ToArray();
        var targets = edges.ToLookup(e => e.From, e => e.To);
        return [.. edges.Where(e => Reaches(e.To, e.From, [])).Select(e => $"{e.From} -> {e.To}").Order(StringComparer.Ordinal)];

        bool Reaches(string from, string to, HashSet<string> seen) =>
            from == to || (seen.Add(from) && targets[from].Any(next => Reaches(next, to, seen)));
    }

    private static Architecture Load()
    {
        var loader = new ArchLoader();
        loader.LoadAssemblies([.. Assemblies]);
        return loader.Build();
    }
}
