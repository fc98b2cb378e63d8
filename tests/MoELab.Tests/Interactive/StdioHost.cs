using System.Diagnostics;
using System.Threading.Channels;

namespace MoELab.Tests.Interactive;

/// <summary>The tool as an editor drives it: commands and events as lines of JSON.</summary>
internal sealed class StdioHost : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly Channel<JsonNode> _events = Channel.CreateUnbounded<JsonNode>();
    private readonly Process _process;
    private int _commands;

    public StdioHost(InteractiveTool tool)
    {
        _process = Process.Start(tool.Start(Path.Combine(InteractiveTool.Folder, "dotnet-interactive"), "stdio", "--working-dir", tool.Work))!;
        _process.OutputDataReceived += (_, e) =>
        {
            if (e.Data is { Length: > 0 } line && line[0] == '{')
                _events.Writer.TryWrite(JsonNode.Parse(line)!);
        };
        _process.ErrorDataReceived += (_, _) => { };
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Runs a cell and returns its events.</summary>
    public Task<IReadOnlyList<JsonNode>> Run(string code) => Send("SubmitCode", new JsonObject { ["code"] = code });

    /// <summary>Asks about a place in a cell.</summary>
    public Task<IReadOnlyList<JsonNode>> Ask(string command, string code, int line, int character) => Send(command,
        new JsonObject { ["code"] = code, ["linePosition"] = new JsonObject { ["line"] = line, ["character"] = character } });

    public Task<IReadOnlyList<JsonNode>> Diagnose(string code) => Send("RequestDiagnostics", new JsonObject { ["code"] = code });

    public async Task<IReadOnlyList<JsonNode>> Send(string type, JsonObject command) => await Finish(Begin(type, command));

    /// <summary>Sends a command without waiting for it.</summary>
    public string Begin(string type, JsonObject command)
    {
        var token = $"test-{++_commands}";
        foreach (var name in new[] { "targetKernelName", "originUri", "destinationUri" })
            command.TryAdd(name, null);
        var envelope = new JsonObject { ["token"] = token, ["commandType"] = type, ["command"] = command, ["routingSlip"] = new JsonArray() };
        _process.StandardInput.WriteLine(envelope.ToJsonString());
        _process.StandardInput.Flush();
        return token;
    }

    /// <summary>The events until a command has ended.</summary>
    public async Task<IReadOnlyList<JsonNode>> Finish(string token)
    {
        using var late = new CancellationTokenSource(Patience);
        var events = new List<JsonNode>();
        while (true)
        {
            var next = await _events.Reader.ReadAsync(late.Token);
            events.Add(next);
            if (Type(next) is "CommandSucceeded" or "CommandFailed" && (string?)next["command"]?["token"] == token)
                return events;
        }
    }

    /// <summary>Waits for an event.</summary>
    public async Task<JsonNode> Until(Func<JsonNode, bool> found)
    {
        using var late = new CancellationTokenSource(Patience);
        while (true)
            if (await _events.Reader.ReadAsync(late.Token) is var next && found(next))
                return next;
    }

    public static string Type(JsonNode node) => (string?)node["eventType"] ?? "";

    /// <summary>What the cell shows in a format: values and displays, in order.</summary>
    public static IReadOnlyList<string> Shown(IEnumerable<JsonNode> events, string mimeType) =>
        [.. events.SelectMany(e => e["event"]?["formattedValues"]?.AsArray() ?? []).Where(f => (string?)f!["mimeType"] == mimeType)
            .Select(f => (string)f!["value"]!)];

    /// <summary>Why the cell failed; null if it did not.</summary>
    public static string? Failure(IEnumerable<JsonNode> events) =>
        (string?)events.FirstOrDefault(e => Type(e) == "CommandFailed")?["event"]!["message"];

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
