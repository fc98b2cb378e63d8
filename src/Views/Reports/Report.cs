using MoELab.Runs.Analysis;
using MoELab.Runs.Log;

namespace MoELab.Views.Reports;

/// <summary>The page about one run: a single HTML file that needs no network, of a finished or a running run.</summary>
public static class Report
{
    /// <summary>Writes the page.</summary>
    /// <param name="run">The run.</param>
    /// <param name="path">Where to; <c>report.html</c> in the run folder by default.</param>
    /// <returns>The file's path.</returns>
    /// <exception cref="InputException">The file cannot be written there.</exception>
    public static string Write(RunReader run, string? path = null)
    {
        path ??= run.PathOf("report.html");
        var (page, temporary) = (ToHtml(run), path + ".partial");
        try
        {
            File.WriteAllText(temporary, page, new UTF8Encoding(false));
            File.Move(temporary, path, overwrite: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"report: '{path}' cannot be written ({e.Message.TrimEnd('.')}); choose another place", e);
        }
        return path;
    }

    /// <summary>The page as text.</summary>
    public static string ToHtml(RunReader run)
    {
        var page = new HtmlPage($"{run.Name} - MoELab");
        Header(page, run);
        page.Add($"<div class=\"tiles\">");
        ReportTiles.Add(page, run);
        page.Add($"</div>");
        page.Contents();
        Findings(page, run);
        page.Heading("Learning").Add($"<div class=\"grid\">")
            .Chart(new LossView(run), wide: true)
            .Charts(new DomainLossView(run), new MetricView(run, "Held-out text", "bits per byte", SeriesStyle.Dots, false, [.. BitsPerByte(run)]),
                new MetricView(run, "Auxiliary terms", "before their weights", SeriesStyle.Smoothed, false, [.. Each(run, "loss/aux/")]),
                new MetricView(run, "BatchHet", "largest less mean micro-batch loss, nats per token", SeriesStyle.Smoothed, true,
                    "batch_het=BatchHet"));
        Floors(page, run);
        page.Add($"</div>");
        Routing(page, run);
        Speed(page, run);
        ReportTables.Add(page, run);
        return page.Add($"<footer>Written by MoELab from the run folder {run.Name}: "
            + $"metrics.jsonl, routing.bin, events.jsonl, recipe.yaml, environment.json.</footer>").ToString();
    }

    private static void Header(HtmlPage page, RunReader run)
    {
        var chip = run.Status switch
        {
            RunStatus.Finished => "good",
            RunStatus.Stopped or RunStatus.Failed or RunStatus.Interrupted => "bad",
            _ => "",
        };
        var recipe = run.RecipeOrNull;
        var facts = new List<string>();
        if (recipe is not null)
            facts.Add($"recipe {recipe.Name}, {recipe.Model.Layers} layers, {recipe.Model.Experts} experts ({recipe.Model.ActiveExperts} active), "
                + $"balancer {Balancers(run, recipe)}, {recipe.Optimizer.Groups.GetValueOrDefault("experts")}, seed {recipe.Training.Seed}");
        if (run.Events.FirstOrDefault(e => e.Time is not null)?.Time is { } started)
            facts.Add("started " + started.ToUniversalTime().ToString("yyyy-MM-dd HH:mm 'UTC'", CultureInfo.InvariantCulture));
        var steps = recipe is null ? $"{run.Step:N0} steps" : $"{run.Step:N0} of {recipe.Training.Steps:N0} steps";
        page.Add($"<header><h1>{run.Name}</h1><span class=\"chip {chip}\">{run.Status.ToString().ToLowerInvariant()} - {steps}</span></header>")
            .Add($"<p class=\"sub\">{string.Join(" - ", facts)}</p>");
    }

    // A recipe is what a run started with: a swap follows it.
    private static string Balancers(RunReader run, Recipe recipe) => recipe.Balancer.Name + string.Concat(run.Events
        .Where(e => e is { Kind: EventKind.Swap, Path: "balancer" })
        .Select(e => string.Create(CultureInfo.InvariantCulture, $", {e.NewBalancer ?? "another"} after step {e.Step:N0}")));

    private static void Findings(HtmlPage page, RunReader run)
    {
        var lines = RunAnalysis.Explain(run).Select(f => Markup.Of($"<li class=\"{f.Kind.ToString().ToLowerInvariant()}\">{f.Text}</li>"));
        page.Heading("What happened").Add($"<div class=\"card\"><ul class=\"findings\">{lines}</ul></div>");
    }

    private static IEnumerable<string> BitsPerByte(RunReader run) => Each(run, "eval/bits_per_byte/").Append("eval/bits_per_byte=all");

    // Every metric under a prefix, called by the rest of its name.
    private static IEnumerable<string> Each(RunReader run, string prefix) =>
        run.Metrics.Under(prefix).Select(c => $"{c.Name}={c.Name[prefix.Length..]}");

    private static void Floors(HtmlPage page, RunReader run)
    {
        if (run.Metrics.Find("eval/bits_per_byte") is not { Count: > 0 } bits)
            return;
        var floors = RunFloors.Of(run);
        var figures = RunFigures.Of(run);
        (string Name, double? Value, string Class)[] bars =
        [
            ("raw bytes", 8, ""), ("bigram entropy", floors.Bigram, ""), ("xz", floors.Xz, ""),
            ("this model", figures.BitsPerByteOfMostText ?? bits.Last, " me"),
        ];
        var text = figures.FinalBitsPerByte is null ? "on the shorter text of its evaluations" : "in the longer evaluation after the last step";
        var drawn = bars.Where(b => b.Value is not null).OrderByDescending(b => b.Value).Select(b =>
            Markup.Of($"<div class=\"bar{b.Class}\"><span>{b.Name}</span>"
                + $"<i style=\"width:{Math.Clamp(b.Value!.Value / 8, 0, 1) * 100:0.#}%\"></i><b>{b.Value:0.000}</b></div>"));
        page.Add($"<div class=\"card wide\"><div class=\"title\">Bits per byte of held-out text, beside simpler models</div>"
            + $"<p class=\"sub\">Simpler models on all of it, this model {text}.</p><div class=\"bars\">{drawn}</div></div>");
    }

    private static void Routing(HtmlPage page, RunReader run)
    {
        var routing = new RoutingView(run);
        page.Heading("Routing").Add($"<div class=\"grid\">")
            .Heat(routing, $"Training tokens per expert against an even load, {routing.Frames.Steps.Count} of {run.RoutingSteps.Count:N0} "
                + "recorded steps. Blue experts starve, orange ones are overloaded.")
            .Chart(new MaxVioView(run), wide: true)
            .Charts(
                new LoadView(run),
                new ExpertsView(run),
                new MetricView(run, "Idle experts", "experts without a token, all layers", SeriesStyle.Line, true,
                    "experts/dead=in a training step", "eval/experts/dead=over an evaluation"),
                new BiasView(run),
                new BiasView(run, steps: true),
                new MetricView(run, "MaxVio over whole evaluations", "held-out tokens; 0 is even", SeriesStyle.Dots, true,
                    "eval/max_vio_global/mean=mean over layers", "eval/max_vio_global/max=worst layer"),
                new MetricView(run, "Router entropy", "1 is even", SeriesStyle.Smoothed, false, "router/entropy=entropy"),
                new MetricView(run, "How firm the choices are", "margin of the last choice; shares of scores and choices", SeriesStyle.Smoothed, true,
                    "router/margin=margin", "router/saturated=saturated scores", "router/flipped=flipped since the last evaluation"))
            .Add($"</div>");
    }

    private static void Speed(HtmlPage page, RunReader run) => page.Heading("Optimizer and speed").Add($"<div class=\"grid\">")
        .Charts(
            new MetricView(run, "Gradient norm", "before clipping", SeriesStyle.Smoothed, true, "grad_norm=gradient norm"),
            new MetricView(run, "Update to weight ratio", "norm of the change over norm of the weights", SeriesStyle.Line, true,
                [.. Each(run, "update_ratio/")]),
            new MetricView(run, "Logits", "of the first micro-batch", SeriesStyle.Smoothed, false, "logit/max=largest", "logit/mean=mean"),
            new MetricView(run, "Learning rate", "of the schedule", SeriesStyle.Line, true, "lr=learning rate",
                "learning_rate_factor=factor on the peak rates"),
            new MetricView(run, "Throughput", "tokens per second", SeriesStyle.Smoothed, true, "tokens_per_second=tokens per second"),
            new MetricView(run, "Utilisation", "model FLOPs against the best matrix product of these cores", SeriesStyle.Smoothed, true,
                "utilisation=utilisation"),
            new MetricView(run, "Shares of a step", "of its seconds", SeriesStyle.Smoothed, true,
                "newton_schulz/share=Newton-Schulz", "routing/share=balancer and metrics"))
        .Add($"</div>");
}
