using MoELab.Cells.Tables;
using MoELab.Data.Tokenization;
using MoELab.Plugins;
using MoELab.Training.Metrics;
using MoELab.Views;
using MoELab.Views.Html;

namespace MoELab.Cells.RunCells;

/// <summary>The display of a recipe as a value: what it trains, its cost, and how it differs from the preset of its name.</summary>
internal static class RecipeTable
{
    /// <summary>The recipe as two tables, with its full text folded below them.</summary>
    public static CellData Of(Recipe recipe, PluginCatalog catalog)
    {
        var figures = Figures(recipe, catalog).Select(f => (object?[])[f.Name, f.Value]).ToArray();
        var known = Presets.TryGet(recipe.Name, out var preset);
        var differences = CellTable.Rows((known ? preset! : new Recipe()).Diff(recipe).Where(d => d.Path != "name"));
        var start = known ? recipe.Name : "the default recipe";
        var how = differences.Length == 0 && known ? "the preset" : Differ(differences.Length, start);
        var title = $"recipe '{recipe.Name}' ({recipe.Hash()}): {how}";
        var tables = new List<ViewTable> { CellTable.Table(["", "value"], figures) };
        if (differences.Length > 0)
            tables.Add(CellTable.Table(["path", start, "here"], differences));
        var html = Markup.Of($"<p><b>{title}</b></p>{tables.Select(t => t.ToHtml())}"
            + $"<details><summary>every value, as YAML</summary><pre>{recipe.ToYaml()}</pre></details>");
        return CellData.Html(html.Html, string.Join('\n', tables.Select(t => t.ToText(int.MaxValue)).Prepend(title)));
    }

    /// <summary>How many values of a recipe differ from those of the one that it starts from.</summary>
    public static string Differ(int count, string start) => count switch
    {
        0 => $"same as {start}",
        1 => $"1 value differs from {start}",
        _ => $"{count} values differ from {start}",
    };

    private static IEnumerable<(string Name, string Value)> Figures(Recipe recipe, PluginCatalog catalog)
    {
        var (model, training) = (recipe.Model, recipe.Training);
        var tokens = (double)training.Steps * training.TokensPerStep;
        yield return ("layers",
            F($"{model.Layers}, {model.DenseLayers} of them dense; width {model.DModel}, {model.Heads} heads of {model.HeadDim}"));
        var shared = model.SharedExperts > 0 ? F($", {model.SharedExperts} shared") : "";
        var nothing = model.NullExperts > 0 ? F($", {model.NullExperts} null ones beside them") : "";
        yield return ("experts", F($"{model.Experts} per layer, {model.ActiveExperts} chosen{shared}{nothing}"));
        yield return ("router, balancer", $"{recipe.Router.Name}, {recipe.Balancer.Name}");
        yield return ("optimizer of the experts", recipe.Optimizer.Groups.GetValueOrDefault("experts") ?? "");
        yield return ("training",
            F($"{training.Steps:N0} steps of {training.TokensPerStep:N0} tokens: {Short(tokens)} tokens, sequences of {training.SequenceLength:N0}"));
        var vocabulary = NominalVocabulary.Of(recipe.Data.Tokenizer);
        if (vocabulary == 0 && model.Vocabulary == 0)
        {
            yield return ("cost", $"unknown until the tokenizer '{recipe.Data.Tokenizer}' is read");
            yield break;
        }
        var cost = catalog.Cost(recipe, vocabulary);
        yield return ("parameters", $"{Short(cost.TotalParameters)}, of which a token uses {Short(cost.ActiveParameters)} "
            + $"({Short(cost.ActiveParametersWithoutEmbeddings)} without embeddings)");
        yield return ("FLOPs", F($"{Short(cost.FlopsPerToken)} per token, {Short(cost.FlopsPerToken * tokens)} in total"));
        var (memory, state) = (cost.MemoryBytes / (double)(1 << 20), cost.StateBytes / (double)(1 << 20));
        yield return ("memory", F($"about {memory:N0} MiB, {state:N0} of them weights, gradients and optimizer state"));
    }

    private static string Short(double value) => value switch
    {
        >= 1e15 => value.ToString("0.##e0", CultureInfo.InvariantCulture),
        >= 1e12 => F($"{value / 1e12:0.##}T"),
        >= 1e9 => F($"{value / 1e9:0.##}B"),
        >= 1e6 => F($"{value / 1e6:0.##}M"),
        _ => F($"{value / 1e3:0.#}K"),
    };

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
