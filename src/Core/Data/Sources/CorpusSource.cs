namespace MoELab.Data.Sources;

/// <summary>The source of the documents of one domain.</summary>
internal abstract class CorpusSource(string name, string source, string licence)
{
    public string Name => name;

    /// <summary>Package and version, or path, for the provenance.</summary>
    public string Source => source;

    /// <summary>SPDX expression, or empty for a user's own files.</summary>
    public string Licence => licence;

    /// <summary>A string that changes whenever the documents may have changed; part of the cache key.</summary>
    public abstract string Identity { get; }

    /// <summary>Reads the documents, always in the same order.</summary>
    /// <exception cref="InputException">The source is missing or cannot be read.</exception>
    public abstract IEnumerable<SourceDocument> Read();

    /// <summary>One sentence for each thing that <see cref="Read"/> left out, with the reason; complete once everything has been read.</summary>
    public virtual IReadOnlyList<string> Notes => [];
}
