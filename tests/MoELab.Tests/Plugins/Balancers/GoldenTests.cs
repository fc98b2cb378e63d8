using MoELab.Plugins;
using MoELab.Routing.Balancing;

namespace MoELab.Tests.Plugins.Balancers;

public sealed class GoldenTests
{
    public static TheoryData<string> Files() =>
        [.. Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Golden", "balancers"), "*.json").Select(f => Path.GetFileName(f))];

    [Theory]
    [MemberData(nameof(Files))]
    public void BiasesFollowTheGoldenTrace(string file)
    {
        var golden = JsonNode.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", "balancers", file)))!;
        var balancer = PluginCatalog.Discover().Create<IBalancer>(
            new PluginChoice(golden["rule"]!.GetValue<string>(), golden["options"]!.DeepClone().AsObject()), "balancer");
        var loads = golden["loads"]!.AsArray().Select(r => r!.AsArray().Select(v => v!.GetValue<long>()).ToArray()).ToArray();
        var expected = golden["biases"]!.AsArray().Select(r => r!.AsArray().Select(v => v!.GetValue<double>()).ToArray()).ToArray();
        var biases = BalancerReplay.Run(balancer, loads);
        for (var t = 0; t < expected.Length; t++)
        {
            for (var e = 0; e < expected[t].Length; e++)
                Assert.Equal(expected[t][e], biases[t][e], 2e-7);
        }
    }
}
