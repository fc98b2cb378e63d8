using MoELab.Plugins;
using MoELab.Randomness;
using MoELab.Routing.Replay;
using MoELab.Routing.Routers;

namespace MoELab.Tests.Routing;

/// <summary>Inputs for routers in tests: one place that knows what each router needs.</summary>
internal static class RouterKit
{
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();
    private static readonly Lazy<string> Recorded = new(Recording);

    public static IEnumerable<string> Names => Catalog.All.Where(p => p.Kind == PluginKind.Router).Select(p => p.Name);

    public static IRouter Create(string name, object? options = null)
    {
        if (name == "replay" && options is null)
            options = new ReplayRouterOptions { Path = Recorded.Value };
        return Catalog.Create<IRouter>(options is null ? new PluginChoice(name) : PluginChoice.Of(name, options), "router");
    }

    public static float[,] Random(int rows, int columns, string name, double scale = 1.5)
    {
        var stream = new Philox(7, "test", name);
        var values = new float[rows, columns];
        for (var r = 0; r < rows; r++)
        {
            for (var c = 0; c < columns; c++)
                values[r, c] = (float)(scale * stream.NextNormal());
        }
        return values;
    }

    public static RouterInput Input(Tensor logits_TE, Tensor? bias_E = null, int k = 2, bool training = true, RouterChoice? replay = null, int step = 3, int layer = 1, int micro = 0) => new()
    {
        Logits_TE = logits_TE,
        Bias_E = bias_E ?? torch.zeros(logits_TE.shape[1]),
        Ids_T = torch.arange(logits_TE.shape[0], dtype: torch.ScalarType.Int64) * 37 % 11,
        Domain_T = torch.arange(logits_TE.shape[0], dtype: torch.ScalarType.Int64) * 5 % 4,
        Domains = 4,
        TopK = k,
        RouteScale = 2.5,
        Layer = layer,
        Training = training,
        Step = new StepInfo(step, 10, 42),
        MicroBatch = micro,
        ExtraLogits = new Dictionary<string, Tensor> { ["noise"] = torch.tensor(Random((int)logits_TE.shape[0], (int)logits_TE.shape[1], "noise")) },
        State = State((int)logits_TE.shape[1]),
        Replay = replay,
    };

    // What each adaptive router looks for: ReMoE its coefficient, expert threshold its cuts.
    private static BalancerState State(int experts)
    {
        var state = new BalancerState(3, experts, "lambda", "cut");
        state["lambda"].fill_(0.25f);
        state["cut"].fill_(0.55f);
        return state;
    }

    private static string Recording()
    {
        var path = Path.Combine(TestFolders.New("choices"), "choices.bin");
        using var scope = torch.NewDisposeScope();
        using var recorder = new ChoiceRecorder(path);
        var input = Input(torch.tensor(Random(24, 16, "recorded")));
        recorder.Append(input.Step.Step, input.MicroBatch, input.Layer, new SigmoidTopK(new SigmoidTopKOptions()).Route(input).Choice);
        return path;
    }
}
