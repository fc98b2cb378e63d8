using MoELab.Jupyter;
using NetMQ;
using NetMQ.Sockets;

namespace MoELab.Tests.Jupyter;

/// <summary>The kernel over its sockets, as a front end sees it.</summary>
public sealed class KernelTests : IAsyncDisposable
{
    private readonly KernelClient _kernel = new();

    public ValueTask DisposeAsync() => _kernel.DisposeAsync();

    [Fact]
    public void A_cell_gives_streams_a_result_and_a_number()
    {
        var (reply, output) = _kernel.Run("Console.WriteLine(\"a\"); Console.Error.WriteLine(\"b\"); 6 * 7");
        Assert.Equal("ok", (string?)reply["status"]);
        Assert.Equal(1, (int?)reply["execution_count"]);
        Assert.Equal(["status", "execute_input", "stream", "stream", "execute_result"], output.Select(m => m.Type));
        Assert.Equal(["stdout", "stderr"], output.Where(m => m.Type == "stream").Select(m => (string?)m.Content["name"]));
        Assert.Equal("42", (string?)output[^1].Content["data"]!["text/plain"]);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_and_keeps_no_other_kernel_from_ending()
    {
        var mine = _kernel.Connection;
        var error = Assert.Throws<InputException>(() => new JupyterKernel(KernelClient.FreePorts() with { Heartbeat = mine.Heartbeat }, () => throw new InvalidOperationException(), TextWriter.Null));
        Assert.Equal($"connection file: hb_port {mine.Heartbeat} at 127.0.0.1 is in use by another program; expected five free ports", error.Message);
        // Once the port of this kernel is free, the same five serve another.
        await new KernelClient().DisposeAsync();
    }

    [Fact]
    public void Every_front_end_hears_the_welcome_first_and_then_everything()
    {
        var format = new WireFormat(_kernel.Connection.Key);
        for (var i = 0; i < 3; i++)
        {
            // Something is always under way, so that a subscription falls between two messages.
            var cell = _kernel.Execute("for (var i = 0; i < 20; i++) { Console.WriteLine(i); Thread.Sleep(5); }");
            using var second = new SubscriberSocket();
            second.Connect(_kernel.Connection.Endpoint(_kernel.Connection.Publish));
            second.SubscribeToAnyTopic();
            NetMQMessage? first = null;
            Assert.True(second.TryReceiveMultipartMessage(TimeSpan.FromSeconds(60), ref first));
            Assert.Equal("iopub_welcome", format.Read([.. first!.Select(f => f.ToByteArray())]).Type);
            _kernel.Until(cell);
            _kernel.Reply();
            Assert.True(second.TryReceiveMultipartMessage(TimeSpan.FromSeconds(60), ref first));
        }
    }

    [Fact]
    public void An_error_names_the_line_of_the_cell_with_the_notebooks_number()
    {
        _kernel.Run("1");
        var (reply, output) = _kernel.Run("\nthrow new InvalidOperationException(\"no\");");
        Assert.Equal("error", (string?)reply["status"]);
        var error = Assert.Single(output, m => m.Type == "error");
        Assert.Equal("System.InvalidOperationException", (string?)error.Content["ename"]);
        Assert.Contains("at cell 2, line 2", error.Content["traceback"]!.AsArray().Select(l => (string?)l));
    }

    [Fact]
    public void Cells_behind_one_that_failed_do_not_run()
    {
        _kernel.Run("1");
        var first = _kernel.Execute("Thread.Sleep(300); throw new Exception();");
        var second = _kernel.Execute("Console.WriteLine(\"ran\")");
        _kernel.Until(first);
        Assert.DoesNotContain(_kernel.Until(second), m => m.Type is "stream" or "execute_input");
        var replies = new[] { _kernel.Reply(), _kernel.Reply() };
        Assert.Equal(["error", "aborted"], replies.Select(r => (string?)r.Content["status"]));
        // A cell that did not run has no number.
        Assert.Equal([2, null], replies.Select(r => (int?)r.Content["execution_count"]));
        Assert.Equal("ok", (string?)_kernel.Run("2").Reply["status"]);
    }

    [Fact]
    public void A_display_is_replaced_while_no_cell_runs()
    {
        var go = Path.Combine(_kernel.Folder, "go");
        var cell = _kernel.Execute($"var shown = display(\"a\"); _ = Task.Run(async () => {{ while (!File.Exists(@\"{go}\")) await Task.Delay(20); shown.Update(\"b\"); }});");
        var display = Assert.Single(_kernel.Until(cell), m => m.Type == "display_data");
        _kernel.Reply();
        File.WriteAllText(go, "");
        var update = _kernel.Published();
        Assert.Equal("update_display_data", update.Type);
        Assert.Equal(cell, (string?)update.Parent["msg_id"]);
        Assert.Equal((string?)display.Content["transient"]!["display_id"], (string?)update.Content["transient"]!["display_id"]);
        Assert.Equal("b", (string?)update.Content["data"]!["text/plain"]);
    }

    [Fact]
    public void An_endless_loop_stops_when_it_is_interrupted()
    {
        var cell = _kernel.Execute("Console.WriteLine(\"in\"); while (true) { }");
        while (_kernel.Published().Type != "stream") { }
        _kernel.SendControl("interrupt_request", []);
        Assert.Equal("ok", (string?)_kernel.ControlReply().Content["status"]);
        _kernel.Until(cell);
        Assert.Equal("Interrupted", (string?)_kernel.Reply().Content["ename"]);
        Assert.Equal("ok", (string?)_kernel.Run("2").Reply["status"]);
    }

    [Fact]
    public void An_interrupt_while_nothing_runs_changes_nothing()
    {
        _kernel.SendControl("interrupt_request", []);
        Assert.Equal("interrupt_reply", _kernel.ControlReply().Type);
        Assert.Equal("ok", (string?)_kernel.Run("2").Reply["status"]);
    }

    [Fact]
    public void Completion_answers_while_a_cell_runs()
    {
        var cell = _kernel.Execute("Console.WriteLine(\"in\"); Thread.Sleep(600_000);");
        while (_kernel.Published().Type != "stream") { }
        _kernel.Send("complete_request", new() { ["code"] = "Console.WriteL", ["cursor_pos"] = 14 });
        var reply = _kernel.Reply();
        Assert.Equal("complete_reply", reply.Type);
        Assert.Equal(["WriteLine"], reply.Content["matches"]!.AsArray().Select(m => (string?)m));
        Assert.Equal((8, 14), ((int)reply.Content["cursor_start"]!, (int)reply.Content["cursor_end"]!));
        _kernel.SendControl("interrupt_request", []);
        _kernel.Until(cell);
        Assert.Equal("Interrupted", (string?)_kernel.Reply().Content["ename"]);
    }

    [Fact]
    public void Positions_are_counted_in_code_points()
    {
        _kernel.Send("complete_request", new() { ["code"] = "var s = \"\U0001F600\"; s.Len", ["cursor_pos"] = 18 });
        var reply = _kernel.Reply().Content;
        Assert.Contains("Length", reply["matches"]!.AsArray().Select(m => (string?)m));
        Assert.Equal((15, 18), ((int)reply["cursor_start"]!, (int)reply["cursor_end"]!));
    }

    [Fact]
    public void A_cell_asks_and_is_answered()
    {
        var cell = _kernel.Execute("input(\"name? \") + \"!\"");
        var question = _kernel.Question();
        Assert.Equal("name? ", (string?)question.Content["prompt"]);
        _kernel.SendInput(question, "moe");
        Assert.Equal("moe!", (string?)_kernel.Until(cell)[^1].Content["data"]!["text/plain"]);
    }

    [Fact]
    public void A_wrong_signature_and_a_malformed_message_are_ignored_and_logged()
    {
        var stranger = new WireFormat("another key").Write(new WireMessage([], new() { ["msg_id"] = "1", ["msg_type"] = "execute_request" }, [], new() { ["code"] = "Environment.Exit(1)" }));
        _kernel.SendFrames([.. stranger]);
        _kernel.SendFrames("nonsense"u8.ToArray());
        var right = new WireFormat(_kernel.Connection.Key).Write(new WireMessage([], [], [], []));
        _kernel.SendFrames([.. right]);
        Assert.Equal("ok", (string?)_kernel.Run("2").Reply["status"]);
        Assert.Contains("not signed with this kernel's key", _kernel.Log, StringComparison.Ordinal);
        Assert.Contains("2 frames", _kernel.Log, StringComparison.Ordinal);
        Assert.Contains("msg_type is absent", _kernel.Log, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("execute_request", "{\"code\": 5}", "content.code is 5; expected text")]
    [InlineData("execute_request", "{\"code\": \"1\", \"silent\": \"no\"}", "content.silent is \"no\"")]
    [InlineData("execute_request", "{\"code\": \"1\", \"user_expressions\": [1]}", "content.user_expressions")]
    [InlineData("execute_request", "{\"code\": \"1\", \"code\": \"2\"}", "'code'")]
    [InlineData("execute_request", "[]", "expected a JSON object")]
    [InlineData("complete_request", "{\"code\": \"a\", \"cursor_pos\": \"x\"}", "content.cursor_pos")]
    [InlineData("inspect_request", "{\"code\": {}, \"cursor_pos\": 1}", "content.code")]
    [InlineData("is_complete_request", "{\"code\": null, \"code\": 1}", "'code'")]
    [InlineData("history_request", "{\"hist_access_type\": 1}", "content.hist_access_type")]
    [InlineData("history_request", "{\"hist_access_type\": \"tail\", \"n\": 1.5}", "content.n")]
    public void A_signed_request_that_is_not_as_the_protocol_says_is_answered_with_an_error(string type, string content, string expected)
    {
        _kernel.SendFrames([.. new WireFormat(_kernel.Connection.Key).Signed([Encoding.UTF8.GetBytes($"{{\"msg_id\":\"m\",\"msg_type\":\"{type}\",\"session\":\"s\"}}"), "{}"u8.ToArray(), "{}"u8.ToArray(), Encoding.UTF8.GetBytes(content)])]);
        var reply = _kernel.Reply();
        Assert.Equal("error", (string?)reply.Content["status"]);
        Assert.Contains(expected, (string?)reply.Content["evalue"], StringComparison.Ordinal);
        Assert.Equal("ok", (string?)_kernel.Run("2").Reply["status"]);
    }

    [Fact]
    public async Task No_signed_message_ends_the_kernel()
    {
        var format = new WireFormat(_kernel.Connection.Key);
        byte[] empty = "{}"u8.ToArray();
        foreach (var header in new[] { "{\"msg_id\":\"a\",\"msg_id\":\"b\",\"msg_type\":\"execute_request\"}", "{\"msg_id\":1,\"msg_type\":[]}", "[]", "null", "", new string('[', 10_000), "{\"msg_id\":\"a\",\"msg_type\":\"unknown_request\"}" })
        {
            _kernel.SendFrames([.. format.Signed([Encoding.UTF8.GetBytes(header), empty, empty, empty])]);
            _kernel.SendControlFrames([.. format.Signed([Encoding.UTF8.GetBytes(header), empty, empty, empty])]);
        }
        _kernel.SendControl("shutdown_request", new() { ["restart"] = "yes" });
        Assert.Contains("content.restart", (string?)_kernel.ControlReply().Content["evalue"], StringComparison.Ordinal);
        // A kernel that shuts down lets its answer out first.
        await Task.Delay(500, TestContext.Current.CancellationToken);
        var (reply, _) = _kernel.Run("2");
        Assert.True((string?)reply["status"] == "ok", reply.ToJsonString() + _kernel.Log);
    }

    [Fact]
    public void An_opened_comm_is_closed_politely()
    {
        var id = _kernel.Send("comm_open", new() { ["comm_id"] = "c1", ["target_name"] = "widget", ["data"] = new JsonObject() });
        Assert.Equal("c1", (string?)Assert.Single(_kernel.Until(id), m => m.Type == "comm_close").Content["comm_id"]);
        _kernel.Send("comm_info_request", []);
        Assert.Empty(_kernel.Reply().Content["comms"]!.AsObject());
    }

    [Fact]
    public void A_button_of_a_card_acts_on_its_run_and_is_answered()
    {
        var run = Views.SyntheticRun.Create("asked", steps: 5).FullPath;
        File.WriteAllLines(Path.Combine(run, "events.jsonl"), File.ReadLines(Path.Combine(run, "events.jsonl")).Where(l => !l.Contains("\"finish\"", StringComparison.Ordinal)));
        using (new FileStream(Path.Combine(run, "lock"), FileMode.Create, FileAccess.ReadWrite, FileShare.None))
        {
            Assert.Equal("pauses before the next step", (string?)Ask(run, "pause")["said"]);
            Assert.Contains("pause", Assert.Single(File.ReadAllLines(Path.Combine(run, "inbox.jsonl"))), StringComparison.Ordinal);
            Assert.Contains("expected stop, pause, continue or checkpoint", (string?)Ask(run, "explode")["failed"], StringComparison.Ordinal);
        }
        Assert.Contains("is not training", (string?)Ask(run, "stop")["failed"], StringComparison.Ordinal);
        Assert.Contains("no such folder", (string?)Ask(Path.Combine(run, "elsewhere"), "stop")["failed"], StringComparison.Ordinal);
        Assert.Equal("ok", (string?)_kernel.Run("2").Reply["status"]);

        JsonObject Ask(string path, string action)
        {
            var id = _kernel.Send("comm_open", new() { ["comm_id"] = "c1", ["target_name"] = "moelab.run", ["data"] = new JsonObject { ["run"] = path, ["action"] = action } });
            return Assert.Single(_kernel.Until(id), m => m.Type == "comm_close").Content["data"]!.AsObject();
        }
    }

    [Fact]
    public void A_cell_that_prints_without_end_is_cut_and_the_kernel_lives()
    {
        var (reply, output) = _kernel.Run("var line = new string('x', 1 << 20); for (var i = 0; i < 100; i++) Console.WriteLine(line);");
        Assert.Equal("ok", (string?)reply["status"]);
        var text = string.Concat(output.Where(m => m.Type == "stream").Select(m => (string?)m.Content["text"]));
        Assert.InRange(text.Length, CellMessages.MaxText, CellMessages.MaxText + 200);
        Assert.EndsWith("write longer text to a file\n", text);
        Assert.Equal("ok", (string?)_kernel.Run("2").Reply["status"]);
    }

    [Fact]
    public void Small_writes_travel_together()
    {
        var (_, output) = _kernel.Run("for (var i = 0; i < 10000; i++) Console.Write('.');");
        Assert.InRange(output.Count(m => m.Type == "stream"), 1, 500);
        Assert.Equal(10000, output.Where(m => m.Type == "stream").Sum(m => ((string?)m.Content["text"])!.Length));
    }

    [Theory]
    [InlineData("10.0.0.1", "k", "expected a loopback address")]
    [InlineData("127.0.0.1", "", "expected a key")]
    [InlineData("0.0.0.0", "k", "expected a loopback address")]
    public void Kernels_listen_on_loopback_only_and_messages_are_signed(string address, string key, string expected)
    {
        var file = Path.Combine(TestFolders.New("connection"), "kernel.json");
        File.WriteAllText(file, $$"""{"transport":"tcp","ip":"{{address}}","key":"{{key}}","shell_port":1,"signature_scheme":"hmac-sha256"}""", Encoding.UTF8);
        Assert.Contains(expected, Assert.Throws<InputException>(() => ConnectionFile.Read(file)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("-1")]
    public void A_port_that_is_none_is_named(string port)
    {
        var file = Path.Combine(TestFolders.New("connection"), "kernel.json");
        File.WriteAllText(file, $$"""{"ip":"127.0.0.1","key":"k","shell_port":1,"iopub_port":2,"stdin_port":{{port}},"control_port":4,"hb_port":5}""", Encoding.UTF8);
        Assert.Equal($"connection file '{file}': stdin_port is {port}; expected 1 to 65535", Assert.Throws<InputException>(() => ConnectionFile.Read(file)).Message);
    }
}
