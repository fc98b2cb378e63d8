namespace MoELab.Tests.Recipes;

public sealed class RecipeKeysTests
{
    [Fact]
    public void The_documentation_lists_every_key_with_its_default_and_range()
    {
        var page = Repository.Read("docs/recipes.md");
        foreach (var line in RecipeKeys.ToMarkdown().Split('\n'))
            Assert.Contains(line, page, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_key_has_help() => Assert.All(RecipeKeys.All, k => Assert.NotEmpty(k.Key.Summary));

    [Fact]
    public void Every_section_that_names_one_plugin_is_a_slot_and_every_slot_has_its_kind()
    {
        Assert.Equal(RecipeKeys.All.Where(k => k.Key.Type == typeof(PluginChoice)).Select(k => k.Path), PluginSlot.Singles.Select(s => s.Key));
        Assert.Equal(PluginSlot.All.Count, PluginSlot.All.Select(MoELab.Plugins.PluginRules.KindOf).Distinct().Count());
    }

    [Fact]
    public void The_presets_of_the_documentation_are_the_presets()
    {
        var page = Repository.Read("docs/recipes.md");
        foreach (var name in Presets.Names)
            Assert.Contains($"| `{name}` |", page, StringComparison.Ordinal);
    }
}
