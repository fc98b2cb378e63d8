using System.ComponentModel.DataAnnotations;
using MoELab.Plugins;

namespace MoELab.Tests.Plugins;

public sealed class PluginCatalogTests
{
    [Fact]
    public void Everything_that_ships_is_found_without_a_problem()
    {
        using var catalog = PluginCatalog.Discover();
        Assert.Empty(catalog.Problems);
        Assert.All(catalog.All, p => Assert.Matches("^[0-9a-f]{16}$", p.Hash));
        Assert.All(catalog.All, p => Assert.NotEmpty(p.Summary));
    }

    [Fact]
    public void A_class_of_this_process_replaces_one_of_the_same_name()
    {
        using var catalog = new PluginCatalog();
        catalog.Register(typeof(Good));
        var second = catalog.Register(typeof(AlsoGood));
        Assert.Same(second, Assert.Single(catalog.All));
        Assert.IsType<AlsoGood>(catalog.Create<IBalancer>(new PluginChoice("good", new JsonObject { ["gamma"] = 0.5 }), "balancer"));
    }

    [Theory]
    [InlineData(typeof(Unmarked), "Unmarked: the [Plugin] attribute is missing; expected [Plugin(\"name\", \"summary\")]")]
    [InlineData(typeof(Shouting), "Shouting: 'SHOUT' is not a plugin name; expected kebab-case, such as 'sign-bias'")]
    [InlineData(typeof(Nothing), "Nothing: implements none of IRouter, IBalancer, ")]
    [InlineData(typeof(Hungry), "Hungry: its constructor takes 2 parameters; expected one public constructor without parameters or with one options record")]
    [InlineData(typeof(Split), "Split: 2 public constructors; expected one public constructor")]
    [InlineData(typeof(Numeric), "Numeric: its constructor takes Int32; expected a record with init properties and a parameterless constructor")]
    [InlineData(typeof(Abstract), "Abstract: the class is abstract or generic; expected a class that can be created")]
    [InlineData(typeof(Crooked), "CrookedOptions: the default breaks its own rule: gamma: 3 is out of range; expected 0 to 1")]
    [InlineData(typeof(Odd), "OddOptions.When: an option cannot be a DateTime; expected a number, ")]
    [InlineData(typeof(Named), "NamedOptions.Name: 'name' is reserved for the plugin's own name in a recipe; expected another name")]
    public void A_class_that_breaks_a_rule_is_refused_with_one_sentence(Type type, string sentence)
    {
        using var catalog = new PluginCatalog();
        Assert.StartsWith(sentence, Assert.Throws<InputException>(() => catalog.Register(type)).Message, StringComparison.Ordinal);
        Assert.Empty(catalog.All);
    }

    [Fact]
    public void Options_for_a_plugin_without_any_and_unknown_names_are_one_sentence()
    {
        using var catalog = new PluginCatalog();
        catalog.Register(typeof(Good));
        Assert.Equal("balancer.kappa: 'good' takes no options", Message(new PluginChoice("good", new JsonObject { ["kappa"] = 1 })));
        Assert.Equal("balancer 'god': no such plugin; did you mean 'good'?", Message(new PluginChoice("god")));

        string Message(PluginChoice choice) => Assert.Throws<InputException>(() => catalog.Create<IBalancer>(choice, "balancer")).Message;
    }

    [Fact]
    public void A_constructor_that_refuses_its_options_is_one_sentence()
    {
        using var catalog = new PluginCatalog();
        catalog.Register(typeof(Picky));
        Assert.Equal("balancer: 'picky' rejected the options: low is above high",
            Assert.Throws<InputException>(() => catalog.Create<IBalancer>(new PluginChoice("picky"), "balancer")).Message);
    }

    [Fact]
    public void An_assembly_is_read_without_being_loaded()
    {
        var smebu = Path.Combine(AppContext.BaseDirectory, "MoELab.Plugins.Smebu.dll");
        Assert.Equal(PluginContract.Version, PluginAssembly.Read(smebu)!.Contract);
        Assert.Null(PluginAssembly.Read(Path.Combine(AppContext.BaseDirectory, "TorchSharp.dll")));
        Assert.Null(PluginAssembly.Read(Path.Combine(AppContext.BaseDirectory, "MoELab.Core.dll")));
    }

    public abstract class Still : IBalancer
    {
        public RoutingStatsKinds Needs => RoutingStatsKinds.None;

        public BalancerState CreateState(int layers, int experts) => new(layers, experts);

        public void Update(in RoutingStats stats, BalancerState state, StepInfo step) { }
    }

    [Plugin("good", "Does nothing")]
    public sealed class Good : Still;

    [Plugin("good", "Does nothing either")]
    public sealed class AlsoGood(GoodOptions options) : Still
    {
        public GoodOptions Options { get; } = options;
    }

    public sealed record GoodOptions
    {
        [Range(0.0, 1.0)] public double Gamma { get; init; } = 0.1;
    }

    public sealed class Unmarked : Still;

    [Plugin("SHOUT", "")]
    public sealed class Shouting : Still;

    [Plugin("nothing", "")]
    public sealed class Nothing;

    [Plugin("hungry", "")]
    public sealed class Hungry(GoodOptions a, GoodOptions b) : Still
    {
        public (GoodOptions, GoodOptions) Both { get; } = (a, b);
    }

    [Plugin("split", "")]
    public sealed class Split : Still
    {
        public Split() { }

        public Split(GoodOptions options) => Options = options;

        public GoodOptions? Options { get; }
    }

    [Plugin("numeric", "")]
    public sealed class Numeric(int count) : Still
    {
        public int Count { get; } = count;
    }

    [Plugin("abstract", "")]
    public abstract class Abstract : Still;

    [Plugin("crooked", "")]
    public sealed class Crooked(CrookedOptions options) : Still
    {
        public CrookedOptions Options { get; } = options;
    }

    public sealed record CrookedOptions
    {
        [Range(0.0, 1.0)] public double Gamma { get; init; } = 3;
    }

    [Plugin("odd", "")]
    public sealed class Odd(OddOptions options) : Still
    {
        public OddOptions Options { get; } = options;
    }

    public sealed record OddOptions
    {
        public DateTime When { get; init; }
    }

    [Plugin("named", "")]
    public sealed class Named(NamedOptions options) : Still
    {
        public NamedOptions Options { get; } = options;
    }

    public sealed record NamedOptions
    {
        public string Name { get; init; } = "";
    }

    [Plugin("picky", "")]
    public sealed class Picky : Still
    {
        public Picky(GoodOptions options)
        {
            _ = options;
            throw new ArgumentException("low is above high");
        }
    }
}
