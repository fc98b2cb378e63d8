using MoELab.Training.Metrics;

namespace MoELab.Cli.Commands;

/// <summary><c>profile RECIPE</c>: where a step's time goes.</summary>
internal static class ProfileCommand
{
    public static Command Create(CliContext context)
    {
        var recipe = CliOptions.Recipe();
        var (set, json) = (CliOptions.Set(), CliOptions.Json());
        var steps = CliOptions.WithDefault("--steps", "steps to measure, after one warm-up step", 5);
        return new Command("profile", "show where a step's time goes: medians over a few steps, nothing is saved")
        {
            recipe, set, steps, json,
        }.WithAction(parsed =>
        {
            if (parsed.GetValue(steps) < 1)
                throw new InputException($"--steps: {parsed.GetValue(steps)} is out of range; expected 1 or more");
            var chosen = CliOptions.Load(context, parsed.GetValue(recipe)!, parsed.GetValue(set)!);
            context.Error.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{chosen.Name}: one warm-up step of {chosen.Training.TokensPerStep:#,0} tokens, then {parsed.GetValue(steps)} measured steps"));
            var profile = StepProfile.Measure(chosen, context.Catalog, parsed.GetValue(steps), context.Progress);
            if (parsed.GetValue(json))
                context.WriteJson(ToJson(profile));
            else
                Print(profile, context.Output);
        });
    }

    private static JsonObject ToJson(StepProfile profile) => new()
    {
        ["seconds_per_step"] = profile.SecondsPerStep,
        ["tokens_per_second"] = profile.TokensPerSecond,
        ["utilisation"] = profile.Utilisation,
        ["matrix_flops_per_second"] = profile.MatrixFlopsPerSecond,
        ["shares"] = new JsonObject(profile.Shares.Select(s => KeyValuePair.Create<string, JsonNode?>(s.Key, s.Value))),
        ["parts"] = new JsonArray([.. profile.Parts.Select(p =>
            new JsonObject { ["part"] = p.Name, ["forward"] = p.Forward, ["backward"] = p.Backward, ["utilisation"] = p.Utilisation })]),
    };

    private static void Print(StepProfile profile, TextWriter output)
    {
        var culture = CultureInfo.InvariantCulture;
        output.WriteLine($"{"phase",-16} {"share",7}  {"median",12}");
        foreach (var (phase, share) in profile.Shares)
            output.WriteLine(string.Create(culture, $"{phase,-16} {share,7:0.0%}  {share * profile.SecondsPerStep * 1000,9:0.0} ms"));
        output.WriteLine(string.Create(culture, $"step {profile.SecondsPerStep * 1000:0} ms, {profile.TokensPerSecond:#,0} tokens/s, ")
            + string.Create(culture, $"utilisation {profile.Utilisation:0.0%} of {profile.MatrixFlopsPerSecond / 1e9:0} GFLOP/s"));
        if (profile.Parts.Count == 0)
            return;
        output.WriteLine();
        output.WriteLine("shares of forward and backward, over the same number of further steps; "
            + "utilisation relative to that product rate, which our own products can exceed");
        output.WriteLine($"{"part",-16} {"forward",7}  {"backward",8}  {"utilisation",11}");
        foreach (var p in profile.Parts)
            output.WriteLine(string.Create(culture, $"{p.Name,-16} {p.Forward,7:0.0%}  {p.Backward,8:0.0%}  {p.Utilisation,11:0.0%}"));
    }
}
