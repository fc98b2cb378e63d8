using MoELab.Plugins;
using MoELab.Studies.Sandbox;
using MoELab.Studies.Sandbox.Streams;

namespace MoELab.Tests.Studies.Sandbox;

/// <summary>What the sandbox is for: collapse and its gain, and how balancers settle or do not.</summary>
public sealed class DynamicsTests
{
    private static readonly PluginCatalog Catalog = PluginCatalog.Discover();

    [Theory]
    [InlineData(8, 4)]
    [InlineData(16, 2)]
    [InlineData(64, 4)]
    public void Feedback_collapses_above_the_critical_gain_and_not_below(int experts, int active)
    {
        var gain = new FeedbackOptions().CriticalGain(experts, active);
        var (below, above) = (Run(0.7, "none"), Run(1.3, "none"));
        var most = (experts / (double)active) - 1;
        Assert.True(below.LastMaxVio < 0.25 * most, $"{below.LastMaxVio} of {most} below the critical gain {gain}");
        Assert.True(above.LastMaxVio > 0.5 * most, $"{above.LastMaxVio} of {most} above the critical gain {gain}");
        Assert.True(Run(1.3, "sign-bias").LastMaxVio < 0.3 * most);

        SandboxResult Run(double share, string balancer) => RoutingSandbox.Run(new SandboxOptions
        {
            Experts = experts,
            Active = active,
            Tokens = 2048,
            Steps = 800,
            Balancer = new(balancer),
            Stream = new FeedbackOptions { Gain = share * gain, Decay = 0.1 },
        }, Catalog);
    }

    [Fact]
    public void A_balancer_that_is_slower_than_the_feedback_comes_too_late()
    {
        var (slow, fast) = (Last(5e-4), Last(4e-3));
        Assert.True(slow > 5 && fast < 0.5, $"{slow} and {fast}");

        double Last(double lambda) => RoutingSandbox.Run(new SandboxOptions
        {
            Experts = 64,
            Tokens = 2048,
            Steps = 800,
            Balancer = PluginChoice.Of("smebu", new { lambda }),
            Stream = new FeedbackOptions { Gain = 0.6, Decay = 0.1 },
        }, Catalog).LastMaxVio;
    }

    [Fact]
    public void Sign_bias_keeps_stepping_where_smebu_settles()
    {
        var options = new SandboxOptions { Experts = 64, Active = 4, Tokens = 4096, Steps = 1500 };
        var (sign, smebu) = (Steps("sign-bias"), Steps("smebu"));
        // Nearly every expert is above or below its mean, so a sign step has the norm gamma * sqrt(E), at the end as at the beginning.
        Assert.InRange(sign.End, 0.9 * 1e-3 * 8, 1.001 * 1e-3 * 8);
        Assert.InRange(sign.End / sign.Start, 0.9, 1.1);
        Assert.True(smebu.End < 0.3 * smebu.Start, $"{smebu.Start} to {smebu.End}");

        (double Start, double End) Steps(string balancer)
        {
            var norms = RoutingSandbox.Run(options with { Balancer = new(balancer) }, Catalog)["bias_step/norm/0"];
            return (norms.Skip(5).Take(100).Average(), norms.TakeLast(100).Average());
        }
    }

    [Fact]
    public void An_unclamped_step_that_is_too_large_never_settles()
    {
        var options = new SandboxOptions { Experts = 64, Active = 4, Tokens = 1024, Steps = 400 };
        var (small, large) = (Last(0.1), Last(30));
        Assert.True(large > 3 * small, $"{small} and {large}");

        double Last(double gamma) =>
            RoutingSandbox.Run(options with { Balancer = PluginChoice.Of("proportional", new { gamma }) }, Catalog).LastMaxVio;
    }
}
