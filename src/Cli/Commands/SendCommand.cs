using MoELab.Runs.Control;
using MoELab.Runs.Log;

namespace MoELab.Cli.Commands;

/// <summary><c>send RUN COMMAND</c>: writes a command to a running run's inbox and waits for the answer.</summary>
internal static class SendCommand
{
    private static readonly string[] Commands = ["stop", "pause", "resume", "checkpoint", "set"];

    public static Command Create(CliContext context)
    {
        var run = RunOptions.Run();
        var command = new Argument<string>("COMMAND") { Description = $"{string.Join(", ", Commands)}; 'set' takes PATH=VALUE" };
        var assignment = CliOptions.Argument<string?>(
            "PATH=VALUE", "for 'set': the change, such as balancer.kappa=3", ArgumentArity.ZeroOrOne);
        var at = CliOptions.WithDefault("--at", "apply before this step; 0: at the next step boundary", 0, "STEP");
        var wait = CliOptions.WithDefault("--wait", "seconds to wait for the answer", 10.0, "SECONDS");
        var (runs, json) = (RunOptions.Runs(), CliOptions.Json());
        return new Command("send",
            "make a running run stop, pause, resume (continue after a pause), save a checkpoint or change a value")
        {
            run, command, assignment, runs, at, wait, json,
        }.WithAction(parsed =>
        {
            var opened = RunReader.Open(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            var (name, step) = (parsed.GetValue(command)!, parsed.GetValue(at));
            var (path, value) = Check(opened, name, parsed.GetValue(assignment));
            if (opened.Status != RunStatus.Running)
                throw new InputException($"run '{opened.Name}' is not running (it is {opened.Status.ToString().ToLowerInvariant()}), "
                    + $"so it cannot receive '{name}'"
                    + (opened.Status == RunStatus.Finished ? "" : $"; resume it with: moelab resume {parsed.GetValue(run)}"));
            var kind = LogWords<CommandKind>.Find(name == "resume" ? "continue" : name)!.Value;
            var id = Inbox.Send(opened.FullPath, kind, path, value, Math.Max(0, step));
            var answer = Await(opened.FullPath, id, step > opened.Step + 1 ? 0 : parsed.GetValue(wait));
            return Report(context, opened, name, id, answer, step, parsed.GetValue(json));
        });
    }

    private static (string? Path, JsonNode? Value) Check(RunReader run, string command, string? assignment)
    {
        if (!Commands.Contains(command) && command != "continue")
            throw new InputException($"unknown command '{command}'{Names.Hint(command, Commands)}");
        if (command != "set")
            return assignment is null ? default : throw new InputException($"'{command}' takes no argument, but '{assignment}' follows it");
        if (assignment is null)
            throw new InputException("'set' needs PATH=VALUE, such as balancer.kappa=3");
        // Only the run knows its plugins and what can change while it trains; a misspelt key is reported at once.
        RecipeTree.WithAll(run.Recipe, [assignment]);
        return RecipeTree.ParseAssignment(assignment);
    }

    private static RunEvent? Await(string run, string id, double seconds)
    {
        var (until, reader) = (DateTime.UtcNow.AddSeconds(seconds), RunReader.Open(run));
        while (true)
        {
            var running = reader.Status == RunStatus.Running;
            reader.Refresh();
            if (reader.Events.LastOrDefault(e => e.Kind == EventKind.Ack && e.Data?["id"]?.ToString() == id) is { } answer)
                return answer;
            if (!running)
                throw new RunException($"run '{reader.Name}' ended ({reader.Status.ToString().ToLowerInvariant()}) before it read the command");
            if (DateTime.UtcNow >= until)
                return null;
            Thread.Sleep(100);
        }
    }

    private static int Report(CliContext context, RunReader run, string command, string id, RunEvent? answer, int at, bool json)
    {
        var refused = answer?.Data?["refused"]?.ToString();
        var when = at > 0 ? $"before step {at}" : "at the next step boundary";
        var sentence = answer?.Message
            ?? $"'{command}' was sent; {run.Name} has not answered yet; it decides {when}, and 'moelab show {run.Name}' lists the answer";
        if (json)
            context.WriteJson(new JsonObject
            {
                ["run"] = run.Name,
                ["command"] = command,
                ["id"] = id,
                ["acknowledged"] = answer is not null,
                ["refused"] = refused,
                ["before_step"] = answer?.Data?["before_step"]?.DeepClone(),
                ["message"] = sentence,
            });
        if (refused is not null)
            return context.Fail($"run '{run.Name}': {sentence}", CliContext.BadInput, json);
        if (!json)
            context.Output.WriteLine($"{run.Name}: {sentence}");
        return 0;
    }
}
