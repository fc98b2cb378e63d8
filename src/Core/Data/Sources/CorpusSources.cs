using MoELab.Plugins;

namespace MoELab.Data.Sources;

/// <summary>The domains that a recipe names.</summary>
internal static class CorpusSources
{
    /// <exception cref="InputException">An unknown corpus, no sources, two domains with the same name, or a source without files.</exception>
    public static IReadOnlyList<CorpusSource> Of(DataRecipe recipe, PluginCatalog? catalog)
    {
        List<CorpusSource> sources = recipe.Corpus switch
        {
            // Needs no files from the user: three domains of real text that ship with every .NET SDK, and a generated one.
            "default" =>
            [
                new ReferenceSource(DotnetFolder.Newest($"packs/{ReferenceSource.Pack}", "reference")),
                new CodeSource(DotnetFolder.Newest("templates", "code"), DotnetFolder.Newest("sdk", "code")),
                new LanguagesSource(DotnetFolder.Newest("sdk", "languages")),
                new GeneratedSource(recipe.MaxBytesPerDomain),
            ],
            "files" => [],
            _ => throw new InputException($"data.corpus: unknown corpus '{recipe.Corpus}'{Names.Hint(recipe.Corpus, ["default", "files"])}"),
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
                throw new InputException($"data.sources.{name}: the default corpus has a domain of this name; "
                    + "expected another name, or corpus: files");
            sources.Add(new FileSource(name, pattern, catalog));
        }
        if (sources.Count == 0)
            throw new InputException("data.sources: no domains; expected at least one if corpus is 'files'");
        return sources.Count <= 256 ? sources
            : throw new InputException($"data.sources: {sources.Count} domains are too many; expected at most 256");
    }
}
