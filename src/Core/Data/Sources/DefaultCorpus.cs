namespace MoELab.Data;

/// <summary>The corpus that needs no files of the user's own.</summary>
internal static class DefaultCorpus
{
    /// <param name="maxBytes">Bytes of the generated domain; 0: its own default.</param>
    public static List<CorpusSource> Sources(long maxBytes) => [new GeneratedSource(maxBytes)];
}
