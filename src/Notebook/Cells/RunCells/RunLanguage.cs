using MoELab.Cells.Tables;
using MoELab.Plugins;

namespace MoELab.Cells.RunCells;

/// <summary>Cells with a recipe in YAML: a cell defines the recipe, and trains it with <c>--start</c>.</summary>
internal sealed class RunLanguage(Lab lab, ICellVariables csharp) : YamlLanguage(csharp, "run", "--start")
{
    public override string Help => "[VARIABLE] [--name NAME] [--start]: defines the recipe in YAML on the lines below; --start also trains it";

    public override async Task<CellResult> Execute(CellInvocation cell, CancellationToken cancel)
    {
        var (variable, name) = Arguments(cell);
        var text = new RecipeCell(cell.Body, lab.Plugins, Find);
        Recipe recipe;
        try
        {
            recipe = string.IsNullOrWhiteSpace(cell.Body) && variable is not null && cell.Flag("--start") ? Earlier(variable, name) : text.Read(name);
        }
        catch (MoELabException e)
        {
            return new CellResult(text.Error(e.Message, cell.FirstLine));
        }
        Set(recipe.Name, recipe);
        if (!string.IsNullOrWhiteSpace(cell.Body))
            Show(recipe, text, cell, lab.Plugins);
        object value = recipe;
        if (cell.Flag("--start"))
        {
            var run = await Task.Run(() => lab.Start(recipe), cancel).ConfigureAwait(false);
            var taken = run.Name == recipe.Name ? "" : $"the name '{recipe.Name}' is taken: ";
            cell.Output.Print($"{taken}run '{run.Name}' trains in its own process{Environment.NewLine}");
            value = run;
        }
        Keep(variable, value);
        return new CellResult();
    }

    public override IEnumerable<CellCompletion> Words(IReadOnlyList<string> before) =>
        Words(before, "the recipe's and the run's name", "train it now", Defined<Recipe>("recipe of this notebook"));

    protected override YamlCell Read(string body) => new RecipeCell(body, lab.Plugins, Find);

    // The plugin of a slot, named by a scheduled change, otherwise by the text, otherwise by its start.
    protected override IYamlSchema Schema(YamlCell text, IReadOnlyList<string> container) => new RecipeSchema(lab.Plugins, node =>
    {
        var at = container is ["schedule", var change, "set", ..] ? $"schedule{change}.set." : "";
        return text.Outline.Value($"{at}{node}.name") ?? text.Outline.Value($"{at}{node}")
            ?? text.Outline.Value($"{node}.name") ?? text.Outline.Value(node) ?? PluginSlot.NameAt(((RecipeCell)text).Base, node);
    });

    private Recipe Earlier(string variable, string? name)
    {
        var recipe = (Find(variable, out var value) ? value as Recipe ?? (value as Run)?.Recipe : null) ?? throw new InputException(
            $"#!run {variable} --start: no recipe '{variable}' in this notebook and no lines below; expected one of them");
        return name is null ? recipe : recipe with { Name = name };
    }

    private static void Show(Recipe recipe, RecipeCell text, CellInvocation cell, PluginCatalog plugins)
    {
        var start = text.Outline.Value("recipe");
        var changes = text.Base.InFull(plugins).Diff(recipe.InFull(plugins)).Where(d => d.Path != "name").ToArray();
        var title = $"recipe '{recipe.Name}' ({recipe.Hash()}): {RecipeTable.Differ(changes.Length, start ?? "the default recipe")}";
        if (RecipeChange.Sentence(RecipeChange.Beside(recipe, plugins)) is { } also)
            title += "; " + also;
        if (changes.Length == 0)
            cell.Output.Display(CellData.Of("text/plain", title));
        else
            cell.Output.Display(CellTable.Of(["path", start ?? "default", recipe.Name == start ? "this cell" : recipe.Name],
                CellTable.Rows(changes), title));
    }
}
