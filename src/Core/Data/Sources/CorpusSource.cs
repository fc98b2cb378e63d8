namespace MoELab.Data;

/// <summary>Where the documents of one domain come from.</summary>
internal abstract class CorpusSource
{
    /// <summary>The domain's name.</summary>
    public abstract string Name { get; }

    /// <summary>Package and version, or path: part of the provenance.</summary>
    public abstract string Source { get; }

    /// <summary>SPDX expression, or empty for a user's own files.</summary>
    public abstract string Licence { get; }

    /// <summary>Changes whenever the documents may have changed; part of the cache's key.</summary>
    public abstract string Identity { get; }

    /// <summary>The documents, in an order that does not change.</summary>
    /// <exception cref="Recipes.RecipeException">The source is missing or cannot be read.</exception>
    public abstract IEnumerable<SourceDocument> Read();

    /// <summary>What <see cref="Read"/> left out and why, one sentence each; complete once it has been read.</summary>
    public virtual IReadOnlyList<string> Notes => [];
}
