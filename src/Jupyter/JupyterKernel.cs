using System.Runtime.InteropServices;
using System.Threading.Channels;
using MoELab.Cells.Session;

namespace MoELab.Jupyter;

/// <summary>
/// The Jupyter kernel: a notebook session behind the wire protocol. Cells run one after another; requests about code are
/// answered meanwhile, and interrupt and shutdown are handled at any time.
/// </summary>
internal sealed class JupyterKernel : IDisposable
{
    private readonly KernelSockets _sockets;
    private readonly TextWriter _log;
    private readonly Task<NotebookSession> _session;
    private readonly KernelHistory _history = new();
    private readonly Channel<WireMessage> _cells = Channel.CreateUnbounded<WireMessage>(), _questions = Channel.CreateUnbounded<WireMessage>();
    private readonly CancellationTokenSource _end = new();
    private readonly KernelQuestions _asked;
    private WireMessage? _running;
    private int _count;

    /// <summary>The kernel on some ports. The session is created while the first messages are already being answered.</summary>
    public JupyterKernel(ConnectionFile connection, Func<NotebookSession> create, TextWriter log)
    {
        _log = log;
        _sockets = new KernelSockets(connection, Say);
        _asked = new KernelQuestions(_sockets);
        _session = Task.Run(create);
        _sockets.Shell += m => (m.Type == "execute_request" ? _cells : _questions).Writer.TryWrite(m);
        _sockets.Control += Control;
        _sockets.Input += _asked.Answered;
    }

    /// <summary>Runs until it is shut down, or until the process that started it has ended.</summary>
    public async Task Run()
    {
        _sockets.Start();
        _sockets.Publish(null, "status", new() { ["execution_state"] = "starting" });
        // Ctrl-C in a terminal reaches the whole process group; the server decides what it means for kernels.
        using var keyboard = PosixSignalRegistration.Create(PosixSignal.SIGINT, s => s.Cancel = true);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, s =>
        {
            s.Cancel = true;
            Say("shutting down after SIGTERM");
            _end.Cancel();
        });
        var work = Task.WhenAll(Task.Run(() => Loop(_cells.Reader, Execute)), Task.Run(() => Loop(_questions.Reader, Question)),
            ParentProcess.Gone(_end), Warm());
        await Task.WhenAny(work, Task.Delay(Timeout.Infinite, _end.Token)).ConfigureAwait(false);
    }

    public void Dispose()
    {
        // Its displays may still be updated, which uses the sockets.
        if (_session.IsCompletedSuccessfully)
            _session.Result.Dispose();
        _sockets.Dispose();
        _end.Dispose();
    }

    private async Task Loop(ChannelReader<WireMessage> messages, Func<WireMessage, Task> handle)
    {
        try
        {
            await foreach (var message in messages.ReadAllAsync(_end.Token).ConfigureAwait(false))
                await handle(message).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (_end.IsCancellationRequested)
        {
            // Shutting down.
        }
    }

    // Otherwise the first cell and the first completion would wait until the compiler is JIT-compiled.
    private async Task Warm() => await (await _session.ConfigureAwait(false)).Warm(_end.Token).ConfigureAwait(false);

    private async Task Execute(WireMessage request)
    {
        ExecuteRequest cell;
        try
        {
            cell = ExecuteRequest.Read(request);
        }
        catch (MoELabException e)
        {
            // An invalid request runs nothing but is answered.
            var refused = KernelReplies.Error(e);
            refused["execution_count"] = _count;
            Reply(request, refused);
            return;
        }
        var number = cell.Keep ? ++_count : _count;
        _running = request;
        Status(request, "busy");
        if (!cell.Silent)
            _sockets.Publish(request, "execute_input", new() { ["code"] = cell.Code, ["execution_count"] = number });
        JsonObject reply;
        string? result;
        using (var output = new CellMessages(_sockets, request, number,
            cell.MayAsk ? (prompt, hidden, cancel) => _asked.Ask(request, prompt, hidden, cancel) : null))
        {
            reply = await CellExecution.Run(_session, cell, number, output, _end.Token).ConfigureAwait(false);
            result = output.ResultText;
        }
        var failed = (string?)reply["status"] == "error";
        if (cell.Keep)
            _history.Add(number, cell.Code, failed ? null : result);
        reply["execution_count"] = number;
        _running = null;
        // Taken before the reply is sent, so that a cell sent in response to it does run.
        var behind = new List<WireMessage>();
        while (failed && cell.StopOnError && _cells.Reader.TryRead(out var waiting))
            behind.Add(waiting);
        _sockets.SendShell(request, "execute_reply", reply);
        Status(request, "idle");
        // Cells queued behind a failed one do not run, as a front end that sends a complete notebook expects, and get no number.
        foreach (var unrun in behind)
            Reply(unrun, new() { ["status"] = "aborted" });
    }

    // For a cell that does not run.
    private void Reply(WireMessage request, JsonObject content)
    {
        Status(request, "busy");
        _sockets.SendShell(request, "execute_reply", content);
        Status(request, "idle");
    }

    private async Task Question(WireMessage request)
    {
        Status(request, "busy");
        if (request.Type.EndsWith("_request", StringComparison.Ordinal))
        {
            try
            {
                if (await Answer(request).ConfigureAwait(false) is { } content)
                    _sockets.SendShell(request, request.ReplyType, content);
                else
                    Say($"ignored a message of unknown type '{request.Type}'");
            }
            catch (Exception e) when (!_end.IsCancellationRequested)
            {
                // A question that cannot be answered must not end the kernel.
                _sockets.SendShell(request, request.ReplyType, KernelReplies.Error(e));
            }
        }
        else if (request.Type == "comm_open")
        {
            // A button of a live card opens a comm to send its action, and the answer closes it. All other comms are closed too.
            var data = KernelReplies.Act(request.Content);
            var closing = new JsonObject { ["comm_id"] = request.Content["comm_id"]?.DeepClone(), ["data"] = data };
            _sockets.Publish(request, "comm_close", closing);
        }
        Status(request, "idle");
        // Front ends show the newest state, whatever caused it.
        if (_running is { } running)
            Status(running, "busy");
    }

    private async Task<JsonObject?> Answer(WireMessage request) => request.Fault is { } fault ? throw new InputException(fault) : request.Type switch
    {
        "kernel_info_request" => KernelReplies.Info(),
        "complete_request" => await KernelReplies.Complete(await _session.ConfigureAwait(false), request, _end.Token).ConfigureAwait(false),
        "inspect_request" => await KernelReplies.Inspect(await _session.ConfigureAwait(false), request, _end.Token).ConfigureAwait(false),
        "is_complete_request" => KernelReplies.IsComplete(await _session.ConfigureAwait(false), request),
        "history_request" => _history.Answer(request),
        "comm_info_request" => new() { ["status"] = "ok", ["comms"] = new JsonObject() },
        "shutdown_request" => Shutdown(request),
        _ => null,
    };

    private void Control(WireMessage request)
    {
        JsonObject? content;
        try
        {
            content = request.Type switch
            {
                "interrupt_request" => Interrupt(),
                "shutdown_request" => Shutdown(request),
                "kernel_info_request" => KernelReplies.Info(),
                _ => null,
            };
        }
        catch (Exception e)
        {
            // A request that cannot be followed is answered, whatever is wrong with it.
            content = KernelReplies.Error(e);
        }
        if (content is null)
        {
            Say($"ignored a control message of type '{request.Type}'");
            return;
        }
        Status(request, "busy");
        _sockets.SendControl(request, request.ReplyType, content);
        Status(request, "idle");
        // A rejected request ends nothing.
        if (request.Type == "shutdown_request" && (string?)content["status"] == "ok")
            _end.CancelAfter(50);
        else if (_running is { } running)
            Status(running, "busy");
    }

    private JsonObject Interrupt()
    {
        if (_session.IsCompletedSuccessfully)
            _session.Result.Interrupt();
        return new() { ["status"] = "ok" };
    }

    private JsonObject Shutdown(WireMessage request)
    {
        if (request.Fault is { } fault)
            throw new InputException(fault);
        var restart = request.Flag("restart", false);
        Say("shutting down on request");
        _end.CancelAfter(200);
        return new() { ["status"] = "ok", ["restart"] = restart };
    }

    private void Status(WireMessage request, string state) =>
        _sockets.Publish(request, "status", new() { ["execution_state"] = state });

    private void Say(string remark) => _log.WriteLine($"moelab kernel: {remark}");
}
