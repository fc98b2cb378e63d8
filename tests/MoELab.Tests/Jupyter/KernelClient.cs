using System.Net.Sockets;
using MoELab.Cells.Session;
using MoELab.Jupyter;
using MoELab.Plugins;
using NetMQ;
using NetMQ.Sockets;

namespace MoELab.Tests.Jupyter;

/// <summary>A kernel in this process and a front end that talks to it over its sockets.</summary>
internal sealed class KernelClient : IAsyncDisposable
{
    private readonly JupyterKernel _kernel;
    private readonly Task _running;
    private readonly DealerSocket _shell, _control, _input;
    private readonly SubscriberSocket _published;
    private readonly WireFormat _format;
    private readonly StringWriter _log = new();
    private readonly string _identity = Guid.NewGuid().ToString("N");

    public KernelClient()
    {
        Folder = TestFolders.New("kernel");
        (_kernel, Connection) = Kernel();
        _format = new WireFormat(Connection.Key);
        _running = _kernel.Run();
        _shell = Dealer(Connection.Shell);
        _control = Dealer(Connection.Control);
        _input = Dealer(Connection.Input);
        _published = new SubscriberSocket();
        _published.Connect(Connection.Endpoint(Connection.Publish));
        _published.SubscribeToAnyTopic();
        Assert.Equal("iopub_welcome", Published().Type);
    }

    public ConnectionFile Connection { get; }

    public string Folder { get; }

    public MoELab.Lab? Lab { get; private set; }

    public string Log => _log.ToString();

    public string Send(string type, JsonObject content) => Send(_shell, type, content);

    public string SendControl(string type, JsonObject content) => Send(_control, type, content);

    public void SendFrames(params byte[][] frames) => _shell.SendMultipartBytes(frames);

    public void SendControlFrames(params byte[][] frames) => _control.SendMultipartBytes(frames);

    public void SendInput(WireMessage question, string value)
    {
        var reply = new WireMessage([], new() { ["msg_id"] = Guid.NewGuid().ToString("N"), ["msg_type"] = "input_reply" },
            (JsonObject)question.Header.DeepClone(), new() { ["value"] = value });
        _input.SendMultipartBytes(_format.Write(reply));
    }

    public WireMessage Reply() => Receive(_shell);

    public WireMessage ControlReply() => Receive(_control);

    public WireMessage Question() => Receive(_input);

    public WireMessage Published() => Receive(_published);

    /// <summary>Broadcasts about a request up to the one that says it is done.</summary>
    public List<WireMessage> Until(string request)
    {
        var all = new List<WireMessage>();
        while (true)
        {
            var message = Published();
            if ((string?)message.Parent["msg_id"] != request)
                continue;
            if (message.Type == "status" && (string?)message.Content["execution_state"] == "idle")
                return all;
            all.Add(message);
        }
    }

    public string Execute(string code, bool stopOnError = true) => Send("execute_request", new()
    {
        ["code"] = code,
        ["silent"] = false,
        ["store_history"] = true,
        ["allow_stdin"] = true,
        ["stop_on_error"] = stopOnError,
        ["user_expressions"] = new JsonObject(),
    });

    /// <summary>Runs a cell: its reply and what was broadcast of it.</summary>
    public (JsonObject Reply, List<WireMessage> Output) Run(string code)
    {
        var id = Execute(code);
        var output = Until(id);
        return (Reply().Content, output);
    }

    public async ValueTask DisposeAsync()
    {
        SendControl("shutdown_request", new() { ["restart"] = false });
        await _running.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
        foreach (var socket in new NetMQSocket[] { _shell, _control, _input, _published })
            socket.Dispose();
        _kernel.Dispose();
        Lab?.Plugins.Dispose();
    }

    private string Send(DealerSocket socket, string type, JsonObject content)
    {
        var id = Guid.NewGuid().ToString("N");
        var header = new JsonObject
        {
            ["msg_id"] = id,
            ["msg_type"] = type,
            ["session"] = "s",
            ["username"] = "u",
            ["date"] = "",
            ["version"] = "5.3",
        };
        socket.SendMultipartBytes(_format.Write(new WireMessage([], header, [], content)));
        return id;
    }

    private WireMessage Receive(NetMQSocket socket)
    {
        var message = new NetMQMessage();
        Assert.True(socket.TryReceiveMultipartMessage(TimeSpan.FromSeconds(60), ref message!), "no message within a minute; the kernel says: " + Log);
        return _format.Read([.. message.Select(f => f.ToByteArray())]);
    }

    private DealerSocket Dealer(int port)
    {
        var socket = new DealerSocket();
        // A front end has one identity on all its sockets: that is how the answer to a question finds its way.
        socket.Options.Identity = Encoding.ASCII.GetBytes(_identity);
        socket.Connect(Connection.Endpoint(port));
        return socket;
    }

    // A free port may be taken before the kernel listens on it: by another test's connection, by another program.
    private (JupyterKernel Kernel, ConnectionFile Connection) Kernel()
    {
        for (var attempt = 0; ; attempt++)
        {
            var connection = FreePorts();
            try
            {
                NotebookSession Create() => NotebookHost.Create(Lab = new MoELab.Lab(Folder, PluginCatalog.Discover()));
                return (new JupyterKernel(connection, Create, TextWriter.Synchronized(_log)), connection);
            }
            catch (InputException e) when (e.Message.Contains("is in use", StringComparison.Ordinal) && attempt < 10)
            {
                // Others then.
            }
        }
    }

    /// <summary>
    /// Five ports that nobody listened on, and a key of its own: no kernel takes what was meant for one that had these ports before.
    /// </summary>
    public static ConnectionFile FreePorts()
    {
        TcpListener[] all = [.. Enumerable.Range(0, 5).Select(_ => new TcpListener(System.Net.IPAddress.Loopback, 0))];
        try
        {
            // Held together, so that none is given twice.
            int[] ports = [.. all.Select(l => { l.Start(); return ((System.Net.IPEndPoint)l.LocalEndpoint).Port; })];
            return new ConnectionFile
            {
                Shell = ports[0],
                Publish = ports[1],
                Input = ports[2],
                Control = ports[3],
                Heartbeat = ports[4],
                Key = Guid.NewGuid().ToString("N"),
            };
        }
        finally
        {
            foreach (var listener in all)
                listener.Dispose();
        }
    }
}
