using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MoELab.Tests.Cli;
using MoELab.Tests.Views;

namespace MoELab.Tests.Board;

public sealed class BoardCommandTests
{
    [Fact]
    public void A_port_that_is_taken_is_one_sentence()
    {
        using var other = new TcpListener(IPAddress.Loopback, 0);
        other.Start();
        var port = ((IPEndPoint)other.LocalEndpoint).Port;
        var run = CliRun.Of("board", "--runs", TestFolders.New("runs"), "--port", $"{port}");
        Assert.Equal(2, run.Exit);
        Assert.Contains($"--port: {port} cannot be used (another program uses it)", run.Refused());
    }

    [Theory]
    [InlineData("missing", "no folder '")]
    [InlineData("file", "is a file; expected a folder of runs")]
    public void Runs_that_are_no_folder_are_one_sentence(string name, string sentence)
    {
        var folder = TestFolders.New("runs");
        File.WriteAllText(Path.Combine(folder, "file"), "");
        var run = CliRun.Of("board", "--runs", Path.Combine(folder, name), "--port", "0");
        Assert.Equal(2, run.Exit);
        Assert.Contains(sentence, run.Refused());
    }

    [Fact]
    public void A_port_out_of_range_is_one_sentence() =>
        Assert.Contains("--port: 70000; expected", CliRun.Of("board", "--runs", TestFolders.New("runs"), "--port", "70000").Refused());

    [Fact]
    public async Task The_command_prints_its_address_serves_and_ends_on_a_signal()
    {
        var runs = TestFolders.New("runs");
        SyntheticRun.Create("a", steps: 3, runs: runs);
        using var board = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "moelab.dll"), "board", "--runs", runs, "--port", "0"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var line = await board.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.StartsWith("board: http://127.0.0.1:", line);
            using var client = new HttpClient(new HttpClientHandler { CookieContainer = new CookieContainer() });
            Assert.Contains("MoELab board", await client.GetStringAsync(line!["board: ".Length..], TestContext.Current.CancellationToken));
            // A page that listens must not keep the board from ending.
            using var stream = await client.GetStreamAsync(new Uri(new Uri(line["board: ".Length..]), "/api/events?since=0"), TestContext.Current.CancellationToken);
            using (var kill = Process.Start("kill", ["-TERM", $"{board.Id}"]))
                await kill.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(board.WaitForExit(60_000));
            Assert.Equal(0, board.ExitCode);
        }
        finally
        {
            if (!board.HasExited)
                board.Kill(entireProcessTree: true);
        }
    }
}
