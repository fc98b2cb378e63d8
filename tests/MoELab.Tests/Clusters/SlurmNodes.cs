using System.Net;
using System.Net.Sockets;

namespace MoELab.Tests.Clusters;

/// <summary>A real Slurm of two nodes on this machine, as long as a test needs it.</summary>
internal sealed class SlurmNodes : IDisposable
{
    private const string Variable = "SLURM_CONF";
    private static readonly string Script = Repository.PathOf("tests/MoELab.Tests/Clusters/two-nodes.sh");
    private readonly string _folder = TestFolders.New("slurm");

    /// <summary>What a cluster's jobs set up, so that they end with the nodes.</summary>
    public string Setup => $"setup: [ 'export MOELAB_TEST_SLURM={_folder}' ]";

    public SlurmNodes()
    {
        if (Environment.GetEnvironmentVariable("MOELAB_SLURM") is not "slurm")
            Assert.Skip("no Slurm that root may start (eng/slurm.sh)");
        var started = EndToEnd.Shell.Run("bash", Script, "start", _folder, FreePort().ToString(CultureInfo.InvariantCulture));
        Assert.True(started.Exit == 0, started.Error);
        // The commands that the program starts find this Slurm by it.
        Environment.SetEnvironmentVariable(Variable, Path.Combine(_folder, "slurm.conf"));
    }

    public static (int Exit, string Output, string Error) Run(string program, params string[] arguments) => EndToEnd.Shell.Run(program, arguments);

    public void Dispose()
    {
        EndToEnd.Shell.Run("bash", Script, "stop", _folder);
        Environment.SetEnvironmentVariable(Variable, null);
    }

    // The next two are the nodes'; below the range from which the system gives ports to clients.
    private static int FreePort()
    {
        for (var port = 20_000 + (Environment.ProcessId % 1000 * 10); ; port += 3)
        {
            try
            {
                foreach (var p in Enumerable.Range(port, 3))
                {
                    using var listener = new TcpListener(IPAddress.Loopback, p);
                    listener.Start();
                }
                return port;
            }
            catch (SocketException)
            {
                // Somebody has one of the three.
            }
        }
    }
}
