using MoELab.Cli.Live;
using MoELab.Model;
using MoELab.Runs.Analysis;
using MoELab.Training;
using MoELab.Views.Reports;

namespace MoELab.Cli.Commands;

/// <summary>
/// <c>quickstart</c>: trains a Trinity-shaped MoE on real text in a few minutes, then prints figures, a sample and the path of the report.
/// </summary>
internal static class QuickstartCommand
{
    private const string Preset = "lab-tiny";
    private const int SampleTokens = 120;

    public static Command Create(CliContext context)
    {
        var (set, runs, json) = (CliOptions.Set(), RunOptions.Runs(), CliOptions.Json());
        return new Command("quickstart", $"train {Preset} on real text and show what it learned (one to two minutes)")
        {
            set, runs, json,
        }.WithAction(parsed =>
        {
            var recipe = CliOptions.Load(context, Preset, parsed.GetValue(set)!);
            var progress = parsed.GetValue(json) ? context.Error : context.Output;
            var live = (parsed.GetValue(json) ? context.ErrorConsole : context.Console).Profile.Out.IsTerminal;
            string folder;
            using (var trainer = Trainer.Create(recipe, context.Catalog, parsed.GetValue(runs)!, "quickstart", new ConsoleProgress(progress)))
            {
                folder = trainer.Folder;
                var training = recipe.Training;
                progress.WriteLine($"training {recipe.Name} into {folder}: {training.Steps} steps of {training.TokensPerStep:#,0} tokens");
                var (end, code) = TrainingSession.Run(trainer, progress, live);
                if (end == TrainingEnd.Stopped)
                {
                    progress.WriteLine($"stopped; resume with: moelab resume {folder}");
                    if (parsed.GetValue(json))
                        context.WriteJson(RunFormat.ToJson(RunReader.Open(folder)));
                    return code;
                }
            }
            try
            {
                Sample(folder, context);
            }
            catch (MoELabException e)
            {
                // A router that sees later tokens can train but not generate.
                progress.WriteLine($"no sample: {e.Message}");
            }
            var run = RunReader.Open(folder);
            var report = Report.Write(run);
            if (parsed.GetValue(json))
                context.WriteJson(RunFormat.ToJson(run));
            else
                Print(run, report, progress);
            return 0;
        });
    }

    private static void Sample(string folder, CliContext context)
    {
        const string prompt = "Gets the ";
        using var model = LabModel.Load(folder, null, context.Catalog);
        var text = prompt + model.Generate(prompt, SampleTokens, new GeneratorOptions { Temperature = 0.7, TopK = 40, Seed = 1 });
        File.WriteAllText(Path.Combine(folder, "sample.txt"), text + "\n");
    }

    private static void Print(RunReader run, string report, TextWriter output)
    {
        var (floors, figures) = (RunFloors.Of(run), RunFigures.Of(run));
        string Bits(double? bits, string why) =>
            bits is { } b && double.IsFinite(b) ? string.Create(CultureInfo.InvariantCulture, $"{b:0.000}") : $"not measured ({why})";
        var (violations, every) = (run.Metrics["max_vio/mean"], Bits(figures.BitsPerByte, "no evaluation"));
        output.WriteLine();
        output.WriteLine("Held-out text, bits per byte");
        output.WriteLine(figures.FinalBitsPerByte is null
            ? $"  this model            {every}  (the text of every evaluation; there was no longer one after the last step)"
            : $"  this model            {Bits(figures.FinalBitsPerByte, "no evaluation after the last step")}  "
                + $"(longer evaluation after the last step; the text of every evaluation: {every})");
        output.WriteLine($"  byte bigram           {Bits(floors.Bigram, "no held-out text")}  (all held-out text)");
        output.WriteLine($"  xz -9e                {Bits(floors.Xz, "xz is not installed")}  (all held-out text)");
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"Balance: mean MaxVio {violations.Max:0.00} at its peak, {violations.MeanOfLastTenth:0.00} over the last tenth of the steps"));
        if (RunFigures.Of(run, "eval/experts/dead") is { } dead)
            output.WriteLine($"Experts without a token over the held-out evaluation: {dead:0}");
        foreach (var finding in RunAnalysis.Explain(run))
            output.WriteLine($"  {finding.Text}");
        output.WriteLine();
        if (run.Sample is { } sample)
        {
            output.WriteLine("A sample from the model (a few minutes teach spelling and form, not meaning):");
            output.WriteLine("  " + sample.TrimEnd().Replace("\n", "\n  ", StringComparison.Ordinal));
            output.WriteLine();
        }
        output.WriteLine($"Report: {report}");
    }
}
