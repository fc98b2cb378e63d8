namespace MoELab.Data.Sources;

/// <summary>
/// The corpus that needs no files from the user: three domains of real text that ship with every .NET SDK, and a generated one.
/// </summary>
internal static class DefaultCorpus
{
    /// <param name="maxBytes">Size of the generated domain in bytes; 0: its default.</param>
    /// <exception cref="InputException">A domain's source is not installed.</exception>
    public static List<CorpusSource> Sources(long maxBytes) =>
        [new ReferenceSource(), new CodeSource(), new LanguagesSource(), new GeneratedSource(maxBytes)];
}
