using System.Runtime.CompilerServices;
using Microsoft.DotNet.Interactive;
using MoELab.Cells;
using MoELab.Cells.Session;

namespace MoELab.DotNetInteractive;

/// <summary>Called by <c>extension.dib</c>: adds <c>#!moelab</c> to a notebook of .NET Interactive.</summary>
public static class KernelExtension
{
    /// <summary>Adds the kernel; a second call does nothing.</summary>
    /// <exception cref="InvalidOperationException">MoELab's files are not found, or the kernel is not a composite one.</exception>
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

    // A method of its own, so that no assembly of MoELab is loaded before it can be found.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Add(CompositeKernel root) => root.Add(new MoELabKernel(NotebookHost.Create(NotebookHost.OpenLab())).UseValueSharing());
}
