using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>The domains that a recipe names.</summary>
internal static class CorpusSources
{
    /// <exception cref="RecipeException">An unknown corpus, no source at all, two domains of one name, or a source without files.</exception>
    public static IReadOnlyList<CorpusSource> Of(DataRecipe recipe, PluginCatalog? catalog)
    {
        var sources = recipe.Corpus switch
        {
            "default" => DefaultCorpus.Sources(recipe.MaxBytesPerDomain),
            "files" => new List<CorpusSource>(),
            _ => throw new RecipeException($"data.corpus: '{recipe.Corpus}' is unknown{Names.Hint(recipe.Corpus, ["default", "files"])}"),
        };
        if (catalog is null)
        {
            catalog = new PluginCatalog();
            catalog.Register(typeof(PlainTextReader));
            catalog.Register(typeof(JsonLinesReader));
        }
        foreach (var (name, pattern) in recipe.Sources.OrderBy(s => s.Key, StringComparer.Ordinal))
        {
            if (sources.Any(s => s.Name == name))
                throw new RecipeException($"data.sources.{name}: the default corpus has a domain of this name; expected another one, or corpus: files");
            sources.Add(new FileSource(name, pattern, catalog));
        }
        if (sources.Count == 0)
            throw new RecipeException("data.sources: empty; expected at least one domain when corpus is 'files'");
        return sources.Count <= 256 ? sources
            : throw new RecipeException($"data.sources: {sources.Count} domains are too many; expected at most 256");
    }
}
