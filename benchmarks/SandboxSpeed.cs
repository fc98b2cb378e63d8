// T tokens, E experts.
using System.Diagnostics;
using System.Globalization;
using MoELab.Contracts;
using MoELab.Plugins;
using MoELab.Routing.Routers;
using MoELab.Studies.Sandbox;
using MoELab.Studies.Sandbox.Streams;

namespace MoELab.Benchmarks;

/// <summary>
/// The routing sandbox on one core: a choice of 4 of 256 experts for 4,096 tokens on its fast path beside the library's router on the same scores, in
/// turns; then whole steps per second, stream by stream.
/// </summary>
internal static class SandboxSpeed
{
    public static void Run(PluginCatalog catalog)
    {
        var threads = torch.get_num_threads();
        torch.set_num_threads(1);
        try
        {
            Choice(11);
            foreach (var stream in StreamOptions.Names)
                Steps(stream, "smebu", catalog);
            Steps("stationary", "sign-bias", catalog);
            Steps("stationary", "none", catalog);
            Steps("stationary", "quantile", catalog);
        }
        finally
        {
            torch.set_num_threads(threads);
        }
    }

    private static void Choice(int rounds)
    {
        using var scope = torch.NewDisposeScope();
        using var noGrad = torch.no_grad();
        var options = new SandboxOptions();
        using var layer = new SandboxLayer(options, 0, fast: true);
        using var pool = new NoisePool(options.Seed);
        layer.Begin(1);
        var (bias, router) = (new float[options.Experts], new SigmoidTopK(new SigmoidTopKOptions()));
        var (logits_TE, bias_E) = (layer.Logits(pool, options.Tokens), torch.zeros(options.Experts));
        var ids_T = layer.Ids(options.Tokens);
        new SideBySide($"a choice of {options.Active} of {options.Experts} experts for {options.Tokens} tokens, one core", rounds)
            .Add("fast path", () => layer.Choose(pool, bias))
            .Add("the library's sigmoid-top-k", () =>
            {
                using var inner = torch.NewDisposeScope();
                router.Route(new RouterInput
                {
                    Logits_TE = logits_TE,
                    Bias_E = bias_E,
                    Ids_T = ids_T,
                    TopK = options.Active,
                    RouteScale = 1,
                    Layer = 0,
                    Training = true,
                    Step = new StepInfo(1, 1, 0),
                });
            }).Run();
    }

    private static void Steps(string stream, string balancer, PluginCatalog catalog)
    {
        var steps = balancer == "quantile" ? 50 : 2000;
        var options = new SandboxOptions { Stream = StreamOptions.Of(stream), Balancer = new(balancer), Steps = steps };
        RoutingSandbox.Run(options with { Steps = Math.Min(steps, 300) }, catalog);
        var (processor, start) = (Process.GetCurrentProcess().TotalProcessorTime, Stopwatch.GetTimestamp());
        var result = RoutingSandbox.Run(options, catalog);
        var cores = (Process.GetCurrentProcess().TotalProcessorTime - processor) / Stopwatch.GetElapsedTime(start);
        // Beside other programs, a second of the clock is less than one of the core.
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"  {stream + ", " + balancer,-34} {result.StepsPerSecond,10:0} steps/s   {result.StepsPerSecond / cores,10:0} per second of processor time"));
    }
}
