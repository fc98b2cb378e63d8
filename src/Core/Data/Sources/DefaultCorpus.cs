namespace MoELab.Data;

/// <summary>
/// The corpus that needs no files of the user's own: three domains of real text that every .NET SDK carries, and a generated one.
/// </summary>
internal static class DefaultCorpus
{
    /// <param name="maxBytes">Bytes of the generated domain; 0: its own default.</param>
    /// <exception cref="Recipes.RecipeException">The machine lacks a domain's source.</exception>
    public static List<CorpusSource> Sources(long maxBytes) =>
        [new ReferenceSource(), new CodeSource(), new LanguagesSource(), new GeneratedSource(maxBytes)];
}
