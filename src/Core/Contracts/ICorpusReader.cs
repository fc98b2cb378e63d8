using MoELab.Recipes;

namespace MoELab.Contracts;

/// <summary>
/// Reads documents from files of one format; plugins add formats by file extension. A reader whose options record has a string
/// <c>Field</c> is told which field a recipe names after <c>#</c>, as in <c>rows.parquet#meta.text</c>.
/// </summary>
public interface ICorpusReader
{
    /// <summary>Extensions that it reads, with the dot, lower case.</summary>
    IReadOnlyCollection<string> Extensions { get; }

    /// <summary>The file's documents in order; null for a row whose text is null, which is skipped and counted.</summary>
    /// <exception cref="RecipeException">The file cannot be read as its format.</exception>
    IEnumerable<string?> Read(string path);

    /// <summary>The same from the decompressed content of a <c>.gz</c> or <c>.zst</c> file.</summary>
    /// <param name="content">Read once, from its start; it need not seek.</param>
    /// <param name="path">The compressed file, for messages.</param>
    /// <exception cref="RecipeException">The content cannot be read as its format, or the format is not read from compressed files.</exception>
    IEnumerable<string?> Read(Stream content, string path) =>
        throw new RecipeException($"{path}: this format is not read from compressed files; expected the file decompressed");
}
