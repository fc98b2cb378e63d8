using MoELab.Studies.Sandbox;
using MoELab.Studies.Sandbox.Streams;

namespace MoELab.Cli.Studies;

/// <summary><c>sandbox</c>: routers and balancers on made-up scores, without a model.</summary>
internal static class SandboxCommand
{
    private static readonly SandboxOptions Defaults = new();

    public static Command Create(CliContext context)
    {
        var stream = CliOptions.WithDefault("--stream", "where the scores come from: " + string.Join(", ", StreamOptions.Names), Defaults.Stream.Name, "NAME");
        stream.CompletionSources.Add([.. StreamOptions.Names]);
        var experts = CliOptions.WithDefault("--experts", "experts of a layer", Defaults.Experts, "E");
        var active = CliOptions.WithDefault("--active", "experts that a token uses", Defaults.Active, "K");
        var tokens = CliOptions.WithDefault("--tokens", "tokens of a step", Defaults.Tokens, "T");
        var steps = CliOptions.WithDefault("--steps", "steps; the balancer acts once in each", Defaults.Steps, "N");
        var layers = CliOptions.WithDefault("--layers", "MoE layers, each with scores of its own", Defaults.Layers, "L");
        var seed = CliOptions.WithDefault("--seed", "seed of every random number", Defaults.Seed, "N");
        var router = CliOptions.WithDefault("--router", "a router's name, or {name: NAME, option: value}", Defaults.Router.Name, "NAME");
        var balancer = CliOptions.WithDefault("--balancer", "a balancer's name, or {name: NAME, option: value}", Defaults.Balancer.Name, "NAME");
        var compare = new Option<string[]>("--compare")
        {
            Description = "further balancers on the same scores and seed",
            HelpName = "NAME",
            Arity = ArgumentArity.OneOrMore,
            AllowMultipleArgumentsPerToken = true,
            DefaultValueFactory = _ => [],
        };
        var set = CliOptions.Set();
        set.Description = "an option of the stream, the router, the balancer, or a compared balancer by its name: stream.gain=1, balancer.kappa=3";
        var csv = CliOptions.Of<string?>("--csv", "write every step's figures as CSV", "FILE");
        var name = CliOptions.Of<string?>("--name", "save each balancer's result as a run of this name", "NAME");
        var (runs, json) = (RunOptions.Runs(), CliOptions.Json());
        return new Command("sandbox", "run routers and balancers on made-up scores, without a model")
        {
            stream, experts, active, tokens, steps, layers, seed, router, balancer, compare, set, csv, name, runs, json,
        }.WithAction(parsed =>
        {
            var settings = new SandboxSettings(parsed.GetValue(set)!);
            var options = new SandboxOptions
            {
                Experts = parsed.GetValue(experts),
                Active = parsed.GetValue(active),
                Tokens = parsed.GetValue(tokens),
                Steps = parsed.GetValue(steps),
                Layers = parsed.GetValue(layers),
                Seed = parsed.GetValue(seed),
                Stream = StreamOptions.Of(parsed.GetValue(stream)!, settings.Take("stream")),
                Router = settings.Choice(parsed.GetValue(router)!, "router"),
            };
            PluginChoice[] balancers = [settings.Choice(parsed.GetValue(balancer)!, "balancer"),
                .. parsed.GetValue(compare)!.Select(c => settings.Choice(c, null))];
            settings.RequireNone();
            // Every mistake is told before the first step of anything.
            foreach (var one in balancers)
                RoutingSandbox.Check(options with { Balancer = one }, context.Catalog);
            var file = parsed.GetValue(csv) is { } path ? CliFiles.ToWrite(path) : null;
            var rows = balancers.Select(b => Run(context, options with { Balancer = b }, parsed.GetValue(name), parsed.GetValue(runs)!,
                balancers.Length > 1)).ToList();
            if (file is not null)
                CliFiles.Try(() => SandboxCsv.Write(file, rows.Select(r => (r.Label, r.Result))), why => $"{file}: cannot be written ({why})");
            Write(context, options, rows, file, parsed.GetValue(json));
        });
    }

    private static (string Label, SandboxResult Result, string? Folder) Run(
        CliContext context, SandboxOptions options, string? name, string runs, bool several)
    {
        var label = SandboxSettings.Label(options.Balancer);
        context.Error.WriteLine(FormattableString.Invariant($"{label}: {options.Steps} steps"));
        var result = RoutingSandbox.Run(options, context.Catalog);
        var folder = name is null ? null : result.Save(runs, several ? $"{name}-{options.Balancer.Name}" : name).FullPath;
        return (label, result, folder);
    }

    private static void Write(
        CliContext context, SandboxOptions options, List<(string Label, SandboxResult Result, string? Folder)> rows, string? csv, bool json)
    {
        double? critical = options.Stream is FeedbackOptions feedback ? feedback.CriticalGain(options.Experts, options.Active) : null;
        if (json)
        {
            var document = options.ToData();
            document.Remove("balancer");
            document["critical_gain"] = critical;
            document["csv"] = csv;
            document["results"] = new JsonArray([.. rows.Select(r => (JsonNode)ToJson(r.Label, r.Result, r.Folder))]);
            context.WriteJson(document);
            return;
        }
        context.WriteTable(["balancer", "MaxVio, mean", "last tenth", "peak", "dead experts", "bias step norm", "steps/s"],
            rows.Select(r => (string[])[r.Label, Text(r.Result.MaxVio), Text(r.Result.LastMaxVio), Text(r.Result.PeakMaxVio),
                r.Result.DeadExperts.ToString(CultureInfo.InvariantCulture), r.Result.BiasStepNorm.ToString("0.00e+00", CultureInfo.InvariantCulture),
                r.Result.StepsPerSecond.ToString("#,0", CultureInfo.InvariantCulture)]));
        if (critical is { } gain)
            context.Output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"without a balancer, balance is unstable above a gain of {gain:0.000}; the stream's is {((FeedbackOptions)options.Stream).Gain:0.000}"));
        foreach (var written in rows.Select(r => r.Folder).Append(csv).OfType<string>())
            context.Output.WriteLine(written);
    }

    private static JsonObject ToJson(string label, SandboxResult result, string? folder) => new()
    {
        ["balancer"] = label,
        ["options"] = result.Options.ToData()["balancer"]!.DeepClone(),
        ["max_vio_mean"] = result.MaxVio,
        ["max_vio_last_tenth"] = result.LastMaxVio,
        ["max_vio_peak"] = result.PeakMaxVio,
        ["dead_experts"] = result.DeadExperts,
        ["bias_step_norm"] = result.BiasStepNorm,
        ["steps_per_second"] = result.StepsPerSecond,
        ["run"] = folder,
    };

    private static string Text(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);
}
