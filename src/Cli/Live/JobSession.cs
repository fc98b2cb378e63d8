using System.Diagnostics;

namespace MoELab.Cli.Live;

/// <summary>The processes of a session, as <c>setsid</c> begins one.</summary>
internal static class JobSession
{
    private static readonly TimeSpan LastProcess = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Waits until a session has no process any more, and kills those that stay: <c>mpirun</c> may end before the processes that it ends, and until
    /// then rank 0 holds the run.
    /// </summary>
    public static void Await(int session)
    {
        for (var limit = Stopwatch.StartNew(); limit.Elapsed < LastProcess && Processes(session).Length > 0;)
            Thread.Sleep(50);
        foreach (var left in Processes(session))
        {
            using var kill = Process.Start("kill", ["-KILL", left]);
            kill.WaitForExit();
        }
    }

    private static string[] Processes(int session)
    {
        return !Directory.Exists("/proc") ? [] : [.. Directory.EnumerateDirectories("/proc").Where(f => char.IsAsciiDigit(Path.GetFileName(f)[0]) && IsOfSession(f)).Select(f => Path.GetFileName(f)!)];

        // The name in parentheses may have spaces; behind it stand the state, the parent, the group and the session.
        bool IsOfSession(string folder)
        {
            try
            {
                var text = File.ReadAllText(Path.Combine(folder, "stat"));
                var words = text[(text.LastIndexOf(')') + 2)..].Split(' ');
                return words[0] != "Z" && words[3] == session.ToString(CultureInfo.InvariantCulture);
            }
            catch (IOException)
            {
                return false;
            }
        }
    }
}
