using System.Runtime.CompilerServices;
using MoELab.Plugins;

namespace MoELab.Tests.Plugins;

public sealed class PluginFolderTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("moelab-plugins-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void A_folder_plugin_is_named_by_string_and_bound_from_data()
    {
        var folder = Path.Combine(_root, "tilt");
        var file = PluginSources.Compile(PluginSources.Tilt(), folder);
        using var catalog = new PluginCatalog();
        catalog.AddFolder(folder);
        Assert.Empty(catalog.Problems);
        var info = catalog.Find(PluginKind.Balancer, "tilt");
        Assert.Equal(PluginAssembly.HashOf(file), info.Hash);
        Assert.Equal(folder, info.Source);
        Assert.Equal(["gamma", "mode", "every", "weights"], info.Options.Select(o => o.Name));
        Assert.Equal((0, 1), (info.Options[0].Min, info.Options[0].Max));
        Assert.Equal(["plain", "two-words"], info.Options[1].Choices);
        Assert.Equal(0.25f, Replay(catalog, new JsonObject { ["gamma"] = 0.25, ["mode"] = "two-words", ["every"] = 3, ["weights"] = new JsonArray(1, 2.5) }));
        Assert.Same(info, catalog.Find(PluginKind.Balancer, info.Id));
    }

    [Theory]
    [InlineData("{\"gamma\":2}", "balancer.gamma: 2 is out of range; expected 0 to 1")]
    [InlineData("{\"gama\":1}", "balancer.gama: unknown key; did you mean 'gamma'? 'tilt' takes gamma, mode, every, weights")]
    [InlineData("{\"mode\":\"plane\"}", "balancer.mode: \"plane\" is not valid; expected one of plain, two-words")]
    [InlineData("{\"every\":1.5}", "balancer.every: 1.5 is not valid; expected a whole number")]
    [InlineData("{\"every\":9000000000}", "balancer.every: 9000000000 is not valid; expected a whole number from -2147483648 to 2147483647")]
    [InlineData("{\"gamma\":null}", "balancer.gamma: null is not valid; expected a number")]
    [InlineData("{\"weights\":3}", "balancer.weights: 3 is not valid; expected a list, each item a number")]
    [InlineData("{\"weights\":[1,\"a\"]}", "balancer.weights[1]: \"a\" is not valid; expected a number")]
    public void An_option_that_does_not_fit_gets_one_sentence(string options, string sentence)
    {
        using var catalog = Loaded();
        var choice = new PluginChoice("tilt", JsonNode.Parse(options)!.AsObject());
        Assert.Equal(sentence, Assert.Throws<InputException>(() => catalog.Create<IBalancer>(choice, "balancer")).Message);
    }

    [Theory]
    [InlineData("TorchSharp.dll")]
    [InlineData("MoELab.Core.dll")]
    [InlineData("runtimes/linux-x64/native/libtorch_cpu.so")]
    public void A_folder_with_its_own_copy_of_the_host_is_refused_when_a_recipe_names_it(string copy)
    {
        var folder = Path.Combine(_root, "plugins", "tilt");
        PluginSources.Compile(PluginSources.Tilt(), folder);
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, copy))!);
        File.WriteAllText(Path.Combine(folder, copy), "");
        PluginSources.Compile(PluginSources.Tilt("lean"), Path.Combine(_root, "plugins", "lean"));
        using var catalog = new PluginCatalog();
        catalog.AddFolder(Path.Combine(_root, "plugins"));
        Assert.Equal("lean", Assert.Single(catalog.All).Name);
        Assert.Single(catalog.Problems);
        var e = Assert.Throws<InputException>(() => catalog.Create<IBalancer>(new PluginChoice("tilt"), "balancer"));
        Assert.Contains($"contains its own {Path.GetFileName(copy)}, but a plugin must share MoELab's", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_of_another_contract_is_refused_with_both_versions()
    {
        PluginSources.Compile(PluginSources.Tilt(contract: "99"), Path.Combine(_root, "tilt"));
        using var catalog = new PluginCatalog();
        catalog.AddFolder(_root);
        var e = Assert.Throws<InputException>(() => catalog.Find(PluginKind.Balancer, "tilt"));
        Assert.Contains($"built against plugin contract 99, but this MoELab has contract {PluginContract.Version}", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_assembly_beside_the_application_needs_no_special_name()
    {
        PluginSources.Compile(PluginSources.Tilt("beside", contract: "99"), _root, "Acme.Balancing");
        using var catalog = new PluginCatalog();
        catalog.AddApplication(_root);
        Assert.Equal(["beside"], Assert.Single(catalog.Problems).Plugins);
    }

    [Fact]
    public void A_broken_or_missing_or_empty_folder_harms_no_other()
    {
        File.WriteAllText(Path.Combine(Directory.CreateDirectory(Path.Combine(_root, "broken")).FullName, "broken.dll"), "no assembly");
        using var catalog = Loaded();
        catalog.AddFolder(Path.Combine(_root, "broken"));
        catalog.AddFolder(Path.Combine(_root, "missing"));
        Assert.Equal(2, catalog.Problems.Count);
        Assert.Contains("no such plugin folder", catalog.Problems[1].Sentence, StringComparison.Ordinal);
        Assert.Contains("is marked with [assembly: MoELabPlugin", Assert.Throws<InputException>(() => catalog.Find(PluginKind.Balancer, "broken")).Message, StringComparison.Ordinal);
        Assert.NotNull(catalog.Find(PluginKind.Balancer, "tilt"));
    }

    [Fact]
    public void A_missing_dependency_is_one_sentence()
    {
        PluginSources.Compile("public class Base { }", Path.Combine(_root, "lib"), "Lib");
        var source = PluginSources.Tilt().Replace("public sealed class Tilt(TiltOptions options) :", "public sealed class Tilt(TiltOptions options) : Base,", StringComparison.Ordinal);
        PluginSources.Compile(source, Path.Combine(_root, "tilt"), "Plugin", Path.Combine(_root, "lib", "Lib.dll"));
        using var catalog = new PluginCatalog();
        catalog.AddFolder(Path.Combine(_root, "tilt"));
        Assert.Contains("Plugin.dll cannot be loaded; ", Assert.Throws<InputException>(() => catalog.Find(PluginKind.Balancer, "tilt")).Message, StringComparison.Ordinal);

        File.Copy(Path.Combine(_root, "lib", "Lib.dll"), Path.Combine(_root, "tilt", "Lib.dll"));
        catalog.AddFolder(Path.Combine(_root, "tilt"));
        Assert.Empty(catalog.Problems);
        Assert.Equal(0.5f, Replay(catalog, []));
    }

    [Fact]
    public void Of_two_plugins_with_one_name_the_first_stays_and_the_other_goes_by_its_hash()
    {
        PluginSources.Compile(PluginSources.Tilt(step: 1), Path.Combine(_root, "a"));
        PluginSources.Compile(PluginSources.Tilt(step: 2), Path.Combine(_root, "b"));
        using var catalog = new PluginCatalog();
        catalog.AddFolder(_root);
        var second = PluginAssembly.HashOf(Path.Combine(_root, "b", "Plugin.dll"));
        Assert.EndsWith($"refer to this one as 'tilt@{second}'", Assert.Single(catalog.Problems).Sentence, StringComparison.Ordinal);
        Assert.Equal(0.5f, Replay(catalog, []));
        Assert.Equal(1f, Replay(catalog, [], $"tilt@{second}"));
        Assert.Contains("no such version; available: tilt@", Assert.Throws<InputException>(() => catalog.Find(PluginKind.Balancer, "tilt@0000000000000000")).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_keeps_a_folder_plugin_and_finds_it_again()
    {
        using var catalog = Loaded();
        var info = catalog.Find(PluginKind.Balancer, "tilt");
        var copy = info.SaveTo(Path.Combine(_root, "run", "plugins"));
        Assert.Equal(Path.Combine(_root, "run", "plugins", $"tilt-{info.Hash}"), copy);
        using var none = new PluginCatalog();
        Assert.Same(none, none.ForRun(_root));
        Assert.Equal(info.Hash, none.ForRun(Path.Combine(_root, "run")).Find(PluginKind.Balancer, info.Id).Hash);
    }

    [Fact]
    public void What_a_run_keeps_comes_before_what_the_folder_became()
    {
        string kept;
        using (var catalog = Loaded())
        {
            kept = catalog.Find(PluginKind.Balancer, "tilt").Hash;
            catalog.Find(PluginKind.Balancer, "tilt").SaveTo(Path.Combine(_root, "run", "plugins"));
        }
        PluginSources.Compile(PluginSources.Tilt(step: 2), Path.Combine(_root, "tilt"));
        using var now = new PluginCatalog();
        now.AddFolder(Path.Combine(_root, "tilt"));
        using var ofRun = now.ForRun(Path.Combine(_root, "run"));
        Assert.Equal(0.5f, Replay(ofRun, []));
        Assert.Equal(1f, Replay(ofRun, [], now.Find(PluginKind.Balancer, "tilt").Id));
        Assert.Equal(1f, Replay(now, []));
        Assert.Equal(Path.Combine(_root, "run", "plugins", $"tilt-{kept}"), ofRun.Find(PluginKind.Balancer, "tilt").SaveTo(Path.Combine(_root, "run", "plugins")));
    }

    [Fact]
    public void A_plugin_whose_folder_changed_after_loading_is_not_kept_as_what_ran()
    {
        using var catalog = Loaded();
        PluginSources.Compile(PluginSources.Tilt(step: 2), Path.Combine(_root, "tilt"));
        var e = Assert.Throws<InputException>(() => catalog.Find(PluginKind.Balancer, "tilt").SaveTo(Path.Combine(_root, "run", "plugins")));
        Assert.Contains("changed since the plugin 'tilt' was loaded", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_plugin_that_was_used_unloads_once_nothing_holds_it()
    {
        var folder = Path.Combine(_root, "tilt");
        PluginSources.Compile(PluginSources.Tilt(), folder);
        AssertDies(UseAndDrop(folder));
    }

    [Fact]
    public async Task A_changed_file_swaps_the_plugin_and_lets_the_old_one_go()
    {
        var folder = Path.Combine(_root, "tilt");
        PluginSources.Compile(PluginSources.Tilt(step: 1), folder);
        using var catalog = new PluginCatalog();
        catalog.AddFolder(folder);
        catalog.Watch(TimeSpan.FromMilliseconds(50));
        var first = Use(catalog, 0.5f);
        var before = catalog.Find(PluginKind.Balancer, "tilt").Hash;

        var changed = new TaskCompletionSource<(string?, string?)>(TaskCreationOptions.RunContinuationsAsynchronously);
        catalog.Changed += (old, next) => changed.TrySetResult((old?.Hash, next?.Hash));
        PluginSources.Compile(PluginSources.Tilt(step: 2), folder);
        var (from, to) = await changed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        Assert.Equal(before, from);
        Assert.Equal(PluginAssembly.HashOf(Path.Combine(folder, "Plugin.dll")), to);
        Use(catalog, 1f);
        AssertDies(first);
    }

    [Fact]
    public async Task A_broken_build_leaves_the_plugin_that_worked()
    {
        var folder = Path.Combine(_root, "tilt");
        PluginSources.Compile(PluginSources.Tilt(), folder);
        using var catalog = new PluginCatalog();
        catalog.AddFolder(folder);
        catalog.Watch(TimeSpan.FromMilliseconds(50));
        PluginSources.Compile(PluginSources.Tilt(contract: "99"), folder);
        for (var i = 0; i < 300 && catalog.Problems.Count == 0; i++)
            await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Contains("contract 99", Assert.Single(catalog.Problems).Sentence, StringComparison.Ordinal);
        Assert.Equal(0.5f, Replay(catalog, []));
    }

    [Fact]
    public async Task A_folder_that_was_refused_is_taken_once_it_is_right()
    {
        var folder = Path.Combine(_root, "tilt");
        PluginSources.Compile(PluginSources.Tilt(contract: "99"), folder);
        using var catalog = new PluginCatalog();
        catalog.AddFolder(folder);
        catalog.Watch(TimeSpan.FromMilliseconds(50));
        var changed = new TaskCompletionSource<(string?, string?)>(TaskCreationOptions.RunContinuationsAsynchronously);
        catalog.Changed += (old, next) => changed.TrySetResult((old?.Name, next?.Name));
        PluginSources.Compile(PluginSources.Tilt(), folder);
        Assert.Equal((null, "tilt"), await changed.Task.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken));
        Assert.Empty(catalog.Problems);
        Assert.Equal(0.5f, Replay(catalog, []));
    }

    private PluginCatalog Loaded()
    {
        PluginSources.Compile(PluginSources.Tilt(), Path.Combine(_root, "tilt"));
        var catalog = new PluginCatalog();
        catalog.AddFolder(Path.Combine(_root, "tilt"));
        return catalog;
    }

    private static float Replay(PluginCatalog catalog, JsonObject options, string name = "tilt")
    {
        var balancer = catalog.Create<IBalancer>(new PluginChoice(name, options), "balancer");
        using var state = balancer.CreateState(1, 2);
        using var counts = torch.tensor(new long[] { 3, 5 }).reshape(1, 2);
        balancer.Update(new RoutingStats(counts, 8, 1), state, new StepInfo(1, 1, 0));
        return state.Bias_LE[0, 1].item<float>();
    }

    // Separate and not inlined, so that no stack slot of the test holds a type of the plugin.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference UseAndDrop(string folder)
    {
        using var catalog = new PluginCatalog();
        catalog.AddFolder(folder);
        return Use(catalog, 0.5f);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static WeakReference Use(PluginCatalog catalog, float expected)
    {
        Assert.Equal(expected, Replay(catalog, new JsonObject { ["gamma"] = 0.5, ["mode"] = "two-words" }));
        var info = catalog.Find(PluginKind.Balancer, "tilt");
        Assert.Equal(4, info.Options.Count);
        Assert.Contains(info.Options.Select(OptionText.Line), line => line.Contains("two-words", StringComparison.Ordinal));
        Assert.Equal("two-words", PluginChoice.Of("tilt", OptionsBinder.Bind(info.OptionsType!, new JsonObject { ["mode"] = "two-words" }, "")).Options["mode"]!.GetValue<string>());
        return new WeakReference(System.Runtime.Loader.AssemblyLoadContext.GetLoadContext(info.Type.Assembly));
    }

    private static void AssertDies(WeakReference context)
    {
        for (var i = 0; i < 50 && context.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(context.IsAlive, "something still holds the plugin's load context");
    }
}
