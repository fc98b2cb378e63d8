namespace MoELab.Data;

/// <summary>A prepared corpus as the cache describes it, without opening its tokens.</summary>
/// <param name="Directory">Where it lies; deleting the folder frees the space, and the next run prepares it again.</param>
/// <param name="Tokenizer">The recipe's word for its tokenizer; empty where the description is older than this field.</param>
/// <param name="Domains">Its domains with their provenance.</param>
/// <param name="Bytes">Bytes on disk.</param>
public sealed record CachedCorpus(string Directory, string Tokenizer, IReadOnlyList<DomainInfo> Domains, long Bytes)
{
    /// <summary>Whether this version of MoELab reads it; one that an older rule prepared is prepared anew when a recipe needs it.</summary>
    public bool Current { get; init; } = true;
}
