using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.CSharp;
using MoELab.Cells;
using MoELab.Cells.Session;
using MoELab.Live;
using MoELab.Plugins;

namespace MoELab.Interactive;

/// <summary>MoELab in one notebook: its lab, the magics of its C# cells, and the kernel <c>#!moelab</c>.</summary>
internal sealed class LabHost
{
    private static readonly ConditionalWeakTable<Kernel, LabHost> Hosts = [];

    private LabHost(CompositeKernel root, CSharpKernel csharp)
    {
        HostAssemblies.Packages = References(csharp);
        PackageFolder.ShareFSharp();
        Missing = PackageFolder.Use();
        var plugins = PluginCatalog.Discover();
        plugins.AddAssemblies(HostAssemblies.Packages);
        Lab = new Lab(plugins: plugins);
        LabFormatters.Register(plugins, charts: false);
        Charts.Register();
        var live = new LiveRuns(Lab);
        CSharpCells.Add(csharp, Lab, live);
        root.Add(new MoELabKernel(Lab, live).UseValueSharing());
        root.RegisterForDisposal(live);
        root.RegisterForDisposal(plugins);
    }

    public Lab Lab { get; }

    /// <summary>A sentence about what is missing to train; null if nothing is.</summary>
    public string? Missing { get; }

    /// <summary>The notebook's, made by the first call.</summary>
    /// <exception cref="InputException">The notebook has no C# cells, or a kernel has the name already.</exception>
    public static LabHost Of(Kernel kernel)
    {
        if (kernel.RootKernel is not CompositeKernel root || root.ChildKernels.OfType<CSharpKernel>().FirstOrDefault() is not { } csharp)
            throw new InputException("this notebook has no C# cells, which MoELab needs");
        lock (Hosts)
        {
            if (Hosts.TryGetValue(root, out var host))
                return host;
            if (root.FindKernelByName(MoELabKernel.KernelName) is not null)
                throw new InputException($"this notebook has another kernel '#!{MoELabKernel.KernelName}'");
            host = new LabHost(root, csharp);
            Hosts.Add(root, host);
            return host;
        }
    }

    // What #r has added, with the packages' dependencies.
    private static string[] References(CSharpKernel csharp) => [.. (csharp.ScriptState?.Script.Options.MetadataReferences ?? [])
        .OfType<PortableExecutableReference>().Select(r => r.FilePath).OfType<string>().Where(File.Exists).Distinct(StringComparer.Ordinal)];
}
