using System.Runtime.CompilerServices;
using Microsoft.DotNet.Interactive;
using MoELab.Cells;
using MoELab.Cells.Session;

namespace MoELab.DotNetInteractive;

/// <summary>What <c>extension.dib</c> calls: adds <c>#!moelab</c> to a notebook of .NET Interactive.</summary>
public static class KernelExtension
{
    /// <summary>Adds the kernel; a second call does nothing.</summary>
    /// <exception cref="InvalidOperationException">MoELab's files are not found, or the kernel holds no others.</exception>
    public static void Load(Kernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        if (kernel.RootKernel is not CompositeKernel root)
            throw new InvalidOperationException("MoELab: expected the root kernel of the notebook, a CompositeKernel");
        if (root.FindKernelByName("moelab") is not null)
            return;
        HostFolder.Use();
        Add(root);
        KernelInvocationContext.Current?.DisplayAs(
            "Cells that begin with `#!moelab` are MoELab's: C# with `lab`, `#!run`, `#!sql` and `#!plugin`.", "text/markdown");
    }

    // On its own, so that nothing of MoELab is asked for before it can be found.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Add(CompositeKernel root) => root.Add(new MoELabKernel(NotebookHost.Create(NotebookHost.OpenLab())).UseValueSharing());
}
