using MoELab.Recipes.Input;
using MoELab.Routing.Balancing;

namespace MoELab.Cli.Commands;

/// <summary><c>balancer replay NAME</c>: runs a balancer over a recorded or made-up trace of loads.</summary>
internal static class BalancerCommand
{
    private const string Layout = "{\"loads\": [[tokens per expert] per step]}";

    public static Command Create(CliContext context) => new("balancer", "run balancers on their own") { Replay(context) };

    private static Command Replay(CliContext context)
    {
        var name = new Argument<string>("NAME") { Description = "a balancer's name, such as smebu" };
        var loads = CliOptions.Of<string>("--loads", Layout, "LOADS.json", required: true);
        var set = CliOptions.Set();
        set.Description = "an option of the balancer: kappa=3; may be repeated";
        var output = new Option<string>("--output")
        {
            Description = "{\"biases\": [[bias per expert] per step]}; '-' or absent: standard output",
            HelpName = "OUT.json",
        };
        var json = CliOptions.Json();
        return new Command("replay", "compute the biases after each step of a trace of loads") { name, loads, set, output, json }.WithAction(parsed =>
        {
            var options = new JsonObject();
            foreach (var assignment in parsed.GetValue(set)!)
            {
                var (path, value) = RecipeTree.ParseAssignment(assignment);
                var key = path.StartsWith("balancer.", StringComparison.Ordinal) ? path["balancer.".Length..] : path;
                options[key] = value?.DeepClone();
            }
            var balancer = context.Catalog.Create<IBalancer>(new PluginChoice(parsed.GetValue(name)!, options), "balancer");
            var trace = ReadLoads(parsed.GetValue(loads)!);
            IReadOnlyList<double[]> biases = [];
            RecipeValidator.Located(parsed.GetValue(loads)!, () => biases = BalancerReplay.Run(balancer, trace));
            var document = new JsonObject
            {
                ["biases"] = new JsonArray([.. biases.Select(row => (JsonNode)new JsonArray([.. row.Select(b => (JsonNode)JsonValue.Create(b))]))]),
            };
            var file = parsed.GetValue(output) ?? "-";
            if (file != "-")
                CliJson.Write(CliFiles.ToWrite(file), document);
            if (file == "-" || parsed.GetValue(json))
                context.WriteJson(file == "-" ? document : new JsonObject { ["output"] = Path.GetFullPath(file) });
        });
    }

    private static IReadOnlyList<long[]> ReadLoads(string path)
    {
        var loads = InputJson.Read(path, Layout)["loads"];
        if (!loads.Exists)
            throw new InputException($"{path}: key 'loads' is missing; expected {Layout}");
        return [.. loads.Items().Select(row => row.Items().Select(Tokens).ToArray())];

        static long Tokens(JsonField n) =>
            n.Number() is var d && d == Math.Floor(d) && Math.Abs(d) < 9e15 ? (long)d : throw n.Unfit("a whole number of tokens");
    }
}
