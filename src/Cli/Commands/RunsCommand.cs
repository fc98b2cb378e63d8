using MoELab.Runs.Analysis;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;

namespace MoELab.Cli.Commands;

/// <summary><c>runs</c> and <c>show RUN</c>.</summary>
internal static class RunsCommand
{
    public static Command Create(CliContext context)
    {
        var (runs, json) = (RunOptions.Runs(), CliOptions.Json());
        return new Command("runs", "list the runs in the directory of runs, newest last") { runs, json }.WithAction(parsed =>
        {
            var directory = parsed.GetValue(runs)!;
            if (File.Exists(directory))
                throw new InputException($"--runs: '{directory}' is a file; expected a directory of runs");
            var found = RunPaths.Names(directory).Select(n => RunReader.Open(n, directory)).Where(r => CanRead(r, context))
                .OrderBy(r => Directory.GetLastWriteTimeUtc(r.FullPath)).ToList();
            if (parsed.GetValue(json))
            {
                context.WriteJson(new JsonArray([.. found.Select(r => (JsonNode)RunFormat.ToJson(r))]));
                return;
            }
            if (found.Count == 0)
            {
                context.Error.WriteLine($"no runs in '{Path.GetFullPath(directory)}' yet; create one with 'moelab quickstart'");
                return;
            }
            context.WriteTable(["run", "recipe", "status", "step", "loss, last tenth", "bits/byte", "MaxVio, last tenth"],
                found.Select(r => (Run: r, Figures: RunFigures.Of(r))).Select(r => (string[])[
                    r.Run.Name, r.Run.Recipe.Name, r.Run.Status.ToString().ToLowerInvariant(), $"{r.Run.Step}/{r.Run.Recipe.Training.Steps}",
                    RunFormat.Text(r.Figures.Loss), RunFormat.Text(r.Figures.BitsPerByte), RunFormat.Text(r.Figures.MaxVio)]),
                border: false);
            context.Output.WriteLine(Path.GetFullPath(directory));
        });
    }

    public static Command CreateShow(CliContext context)
    {
        var run = RunOptions.Run();
        var (runs, json) = (RunOptions.Runs(), CliOptions.Json());
        return new Command("show", "show one run: figures, findings, events") { run, runs, json }.WithAction(parsed =>
        {
            var opened = RunReader.Open(parsed.GetValue(run)!, parsed.GetValue(runs)!);
            if (parsed.GetValue(json))
            {
                context.WriteJson(RunFormat.ToJson(opened));
                return;
            }
            foreach (var (key, value) in RunFormat.ToJson(opened).Where(f => f.Key != "damaged"))
                context.Output.WriteLine($"{key.Replace('_', ' '),-27} {Text(value)}");
            foreach (var finding in RunAnalysis.Explain(opened))
                context.Output.WriteLine($"* {finding.Text}");
            foreach (var happened in opened.Events.Where(e => e.Kind is not EventKind.Config).TakeLast(12))
                context.Output.WriteLine($"step {happened.Step,6}  {PlainText.Of(happened.Word),-10} {PlainText.Of(happened.Message)}");
        });
    }

    // One damaged run must not hide the others.
    private static bool CanRead(RunReader run, CliContext context)
    {
        try
        {
            context.WarnOfDamage(run);
            return run.Recipe is not null;
        }
        catch (MoELabException e)
        {
            context.Error.WriteLine($"warning: {e.Message}");
            return false;
        }
    }

    // Four decimals for people; --json has all digits.
    private static string Text(JsonNode? figure) => figure switch
    {
        null => "-",
        JsonValue number when number.TryGetValue<double>(out var value) => value.ToString("#,0.####", CultureInfo.InvariantCulture),
        _ => figure.ToString(),
    };
}
