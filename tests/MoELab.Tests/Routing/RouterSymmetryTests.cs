using FsCheck;
using FsCheck.Fluent;
using MoELab.Interop.Torch;

namespace MoELab.Tests.Routing;

/// <summary>Routers that look at scores alone know no order of experts or tokens (without ties).</summary>
public sealed class RouterSymmetryTests
{
    private const int T = 12, E = 8;

    [Theory]
    [InlineData("sigmoid-top-k")]
    [InlineData("softmax-top-k")]
    [InlineData("top-k-softmax")]
    [InlineData("expert-choice")]
    public void RenamingExpertsRenamesTheChoice(string name) => Prop.ForAll(Gen.Shuffle(Enumerable.Range(0, E).ToArray()).ToArbitrary(), order =>
    {
        using var scope = torch.NewDisposeScope();
        var (logits_TE, bias_E) = (torch.tensor(RouterKit.Random(T, E, "symmetry")), torch.linspace(-0.3, 0.3, E));
        var order_E = torch.tensor(Array.ConvertAll(order, o => (long)o));
        var plain = Choices(RouterKit.Create(name).Route(RouterKit.Input(logits_TE, bias_E)), e => e);
        var renamed = Choices(RouterKit.Create(name).Route(RouterKit.Input(logits_TE.index_select(1, order_E), bias_E.index_select(0, order_E))), e => order[e]);
        return Same(plain, renamed);
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("sigmoid-top-k")]
    [InlineData("softmax-top-k")]
    [InlineData("top-k-softmax")]
    [InlineData("group-limited")]
    [InlineData("expert-choice")]
    [InlineData("remoe")]
    [InlineData("expert-threshold")]
    public void ReorderingTokensReordersTheChoice(string name) => Prop.ForAll(Gen.Shuffle(Enumerable.Range(0, T).ToArray()).ToArbitrary(), order =>
    {
        using var scope = torch.NewDisposeScope();
        var logits_TE = torch.tensor(RouterKit.Random(T, E, "symmetry"));
        var order_T = torch.tensor(Array.ConvertAll(order, o => (long)o));
        var plain = Choices(RouterKit.Create(name).Route(RouterKit.Input(logits_TE)), e => e);
        var moved = Choices(RouterKit.Create(name).Route(RouterKit.Input(logits_TE.index_select(0, order_T))), e => e)
            .ToDictionary(c => ((long)order[c.Key.Token], c.Key.Expert), c => c.Value);
        return Same(plain, moved);
    }).QuickCheckThrowOnFailure();

    private static Dictionary<(long Token, int Expert), float> Choices(RouterOutput output, Func<int, int> name)
    {
        var (tokens, experts) = (HostMemory.Copy<long>(output.Choice.Token_N, torch.ScalarType.Int64), HostMemory.Copy<long>(output.Choice.Expert_N, torch.ScalarType.Int64));
        var gates = HostMemory.Copy<float>(output.Gates_N, torch.ScalarType.Float32);
        return Enumerable.Range(0, gates.Length).ToDictionary(n => (tokens[n], name((int)experts[n])), n => gates[n]);
    }

    private static bool Same(Dictionary<(long, int), float> a, Dictionary<(long, int), float> b) =>
        a.Count == b.Count && a.All(c => b.TryGetValue(c.Key, out var gate) && Math.Abs(gate - c.Value) < 1e-5);
}
