using System.Runtime.InteropServices;
using MoELab.Board;

namespace MoELab.Cli.Commands;

/// <summary><c>board</c>: serves the runs to a browser on this machine.</summary>
internal static class BoardCommand
{
    public static Command Create(CliContext context)
    {
        var runs = RunOptions.Runs();
        var port = CliOptions.Of<int?>("--port", "the port; 0 for any free one (default: 8470, or a free one if that is taken)", "N");
        return new Command("board", "show the runs in the browser, live: curves, routing, comparisons, SQL") { runs, port }
            .WithAction(parsed => Serve(context, parsed.GetValue(runs)!, parsed.GetValue(port)));
    }

    // The web server is loaded here and by no other command.
    private static void Serve(CliContext context, string runs, int? port)
    {
        var board = BoardServer.StartAsync(new BoardOptions(runs, port)).GetAwaiter().GetResult();
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
        context.Output.WriteLine($"board: {board.Address}");
        context.Output.Flush();
        context.Error.WriteLine($"runs: {Path.GetFullPath(runs)}");
        context.Error.WriteLine("whoever has this address can change and delete these runs; Ctrl+C ends the board");
        board.Completion.GetAwaiter().GetResult();
        board.DisposeAsync().AsTask().GetAwaiter().GetResult();

        void End(PosixSignalContext signal)
        {
            signal.Cancel = true;
            board.Stop();
        }
    }
}
