namespace MoELab.Data;

/// <summary>Reads documents from files of one format; plugins add formats by file extension.</summary>
public interface ICorpusReader
{
    /// <summary>Extensions that it reads, with the dot, lower case.</summary>
    IReadOnlyCollection<string> Extensions { get; }

    /// <summary>The file's documents in order.</summary>
    /// <exception cref="Recipes.RecipeException">The file cannot be read as its format.</exception>
    IEnumerable<string> Read(string path);
}
