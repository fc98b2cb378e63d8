using MoELab.Cells.Session;
using MoELab.Live;
using NetMQ;

namespace MoELab.Jupyter;

/// <summary>The notebook kernel, for programs that run as a Jupyter kernel.</summary>
public static class NotebookKernel
{
    /// <summary>Runs until the front end shuts it down or ends.</summary>
    /// <param name="connectionFile">The file with ports and key, written by the front end.</param>
    /// <param name="log">Receives notes about the protocol.</param>
    /// <exception cref="InputException">The connection file is invalid.</exception>
    public static async Task Run(string connectionFile, TextWriter log)
    {
        var connection = ConnectionFile.Read(connectionFile);
        FrontEnd.Connected(connectionFile);
        using (var kernel = new JupyterKernel(connection, () => NotebookHost.Create(new Lab()), log))
            await kernel.Run().ConfigureAwait(false);
        // The process ends next, so queued messages are sent first.
        NetMQConfig.Cleanup(block: true);
    }

    /// <summary>Registers this kernel with Jupyter.</summary>
    /// <param name="prefix">An installation prefix (<c>PREFIX/share/jupyter</c>); null installs for the current user.</param>
    /// <returns>The folder of the kernel's description.</returns>
    /// <exception cref="InputException">The folder cannot be written.</exception>
    public static string Install(string? prefix = null) =>
        KernelSpec.Install(prefix is null ? KernelSpec.UserData() : Path.Combine(Path.GetFullPath(prefix), "share", "jupyter"));
}
