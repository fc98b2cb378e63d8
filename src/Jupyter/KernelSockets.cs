using NetMQ;
using NetMQ.Sockets;

namespace MoELab.Jupyter;

/// <summary>
/// The five sockets of a kernel. One thread serves all of them; outgoing messages wait in one queue, so their order is kept across sockets.
/// </summary>
internal sealed class KernelSockets : IDisposable
{
    private readonly WireFormat _format;
    private readonly Action<string> _log;
    private readonly RouterSocket _shell = new(), _control = new(), _input = new();
    private readonly XPublisherSocket _publish = new();
    private readonly ResponseSocket _heartbeat = new();
    private readonly NetMQQueue<(NetMQSocket Socket, IReadOnlyList<byte[]> Frames)> _outgoing = new();
    private readonly NetMQPoller _poller;

    /// <summary>Listens on the addresses; the log receives one sentence about each ignored message.</summary>
    /// <exception cref="InputException">A port cannot be opened; no socket stays open.</exception>
    public KernelSockets(ConnectionFile connection, Action<string> log)
    {
        (_format, _log) = (new WireFormat(connection.Key), log);
        foreach (var (socket, name, port) in new (NetMQSocket, string, int)[] { (_shell, "shell", connection.Shell),
            (_control, "control", connection.Control), (_input, "stdin", connection.Input), (_publish, "iopub", connection.Publish),
            (_heartbeat, "hb", connection.Heartbeat) })
        {
            socket.Options.Linger = TimeSpan.FromSeconds(1);
            // Output of a cell must not be dropped because a front end reads slowly.
            socket.Options.SendHighWatermark = 0;
            socket.Options.ReceiveHighWatermark = 0;
            try
            {
                socket.Bind(connection.Endpoint(port));
            }
            catch (NetMQException e)
            {
                // An open socket would keep every later kernel in this process from ending.
                Close();
                throw new InputException(e is AddressAlreadyInUseException
                    ? $"connection file: {name}_port {port} at {connection.Address} is in use by another program; expected five free ports"
                    : $"connection file: cannot listen on {name}_port {port} at {connection.Address}: {e.Message}", e);
            }
        }
        // A subscription counts from its welcome on, and each one is seen, even a second one to the same topic.
        _publish.Options.ManualPublisher = true;
        _poller = [_shell, _control, _input, _publish, _heartbeat, _outgoing];
        _shell.ReceiveReady += (_, e) => Receive(e.Socket, m => Shell?.Invoke(m));
        _control.ReceiveReady += (_, e) => Receive(e.Socket, m => Control?.Invoke(m));
        _input.ReceiveReady += (_, e) => Receive(e.Socket, m => Input?.Invoke(m));
        _heartbeat.ReceiveReady += (_, e) => e.Socket.SendMultipartBytes(e.Socket.ReceiveMultipartBytes());
        _publish.ReceiveReady += (_, _) => Welcome();
        _outgoing.ReceiveReady += (_, e) =>
        {
            while (e.Queue.TryDequeue(out var next, TimeSpan.Zero))
            {
                // Front ends that have subscribed by now miss none of the queued messages.
                while (next.Socket == _publish && _publish.HasIn)
                    Welcome();
                next.Socket.SendMultipartBytes(next.Frames);
            }
        };
    }

    public event Action<WireMessage>? Shell, Control, Input;

    public void Start() => _poller.RunAsync("moelab jupyter", isBackgroundThread: true);

    public void SendShell(WireMessage request, string type, JsonObject content) => Send(_shell, WireMessage.Reply(request, type, content));

    public void SendControl(WireMessage request, string type, JsonObject content) => Send(_control, WireMessage.Reply(request, type, content));

    public void SendInput(WireMessage request, string type, JsonObject content) => Send(_input, WireMessage.Reply(request, type, content));

    /// <summary>Sends a message to every front end, caused by <paramref name="request"/>.</summary>
    public void Publish(WireMessage? request, string type, JsonObject content) => Send(_publish, WireMessage.Broadcast(request, type, content));

    /// <summary>Sends the queued messages and closes.</summary>
    public void Dispose()
    {
        for (var i = 0; i < 100 && _outgoing.Count > 0; i++)
            Thread.Sleep(10);
        _poller.Dispose();
        Close();
    }

    private void Close()
    {
        foreach (var socket in new NetMQSocket[] { _shell, _control, _input, _publish, _heartbeat })
            socket.Dispose();
        _outgoing.Dispose();
    }

    private void Send(NetMQSocket socket, WireMessage message) => _outgoing.Enqueue((socket, _format.Write(message)));

    private void Receive(NetMQSocket socket, Action<WireMessage> handle)
    {
        var frames = socket.ReceiveMultipartBytes();
        try
        {
            handle(_format.Read(frames));
        }
        catch (FormatException e)
        {
            _log($"ignored {e.Message}");
        }
        catch (Exception e)
        {
            // This thread serves every socket: an exception here would end the process and with it everything that the cells computed.
            _log($"could not handle a message: {e.GetType().Name}: {e.Message}");
        }
    }

    // A front end that has subscribed receives a welcome (JEP 65): from then on it misses nothing.
    private void Welcome()
    {
        var frame = _publish.ReceiveFrameBytes();
        if (frame is [0, .. var left])
            _publish.Unsubscribe(left);
        if (frame is not [1, .. var topic])
            return;
        _publish.Subscribe(topic);
        var welcome = WireMessage.Broadcast(null, "iopub_welcome", new() { ["subscription"] = Encoding.UTF8.GetString(topic) });
        _publish.SendMultipartBytes(_format.Write(welcome with { Identities = [topic] }));
    }
}
