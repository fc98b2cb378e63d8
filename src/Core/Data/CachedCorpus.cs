namespace MoELab.Data;

/// <summary>The description of a prepared corpus in the cache, read without opening its tokens.</summary>
/// <param name="Directory">The folder; deleting it frees the space, and the next run prepares the corpus again.</param>
/// <param name="Tokenizer">The tokenizer's name in the recipe; empty if the description is older than this field.</param>
/// <param name="Domains">Its domains with their provenance.</param>
/// <param name="Bytes">Bytes on disk.</param>
public sealed record CachedCorpus(string Directory, string Tokenizer, IReadOnlyList<DomainInfo> Domains, long Bytes)
{
    /// <summary>Whether this version of MoELab can read it; a corpus prepared by older rules is prepared again when a recipe needs it.</summary>
    public bool Current { get; init; } = true;
}
