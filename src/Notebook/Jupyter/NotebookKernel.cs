using MoELab.Cells;
using MoELab.Live;
using NetMQ;

namespace MoELab.Jupyter;

/// <summary>The kernel of Jupyter notebooks, for programs that are started as one.</summary>
public static class NotebookKernel
{
    /// <summary>Runs until the front end shuts it down or is gone.</summary>
    /// <param name="connectionFile">The file with ports and key that the front end wrote.</param>
    /// <param name="log">Takes remarks about the protocol.</param>
    /// <exception cref="Recipes.RecipeException">The connection file cannot be used.</exception>
    public static async Task Run(string connectionFile, TextWriter log)
    {
        var connection = ConnectionFile.Read(connectionFile);
        FrontEnd.Connected(connectionFile);
        using (var kernel = new JupyterKernel(connection, () => NotebookHost.Create(new Lab()), log))
            await kernel.Run().ConfigureAwait(false);
        // The process ends next: what its sockets still hold is sent first.
        NetMQConfig.Cleanup(block: true);
    }

    /// <summary>Tells Jupyter how to start this kernel.</summary>
    /// <param name="prefix">An installation prefix (<c>PREFIX/share/jupyter</c>); null installs for the person who runs this.</param>
    /// <returns>The folder of the kernel's description.</returns>
    /// <exception cref="Recipes.RecipeException">It cannot be written.</exception>
    public static string Install(string? prefix = null) =>
        KernelSpec.Install(prefix is null ? KernelSpec.UserData() : Path.Combine(Path.GetFullPath(prefix), "share", "jupyter"));
}
