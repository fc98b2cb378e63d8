namespace MoELab.Contracts;

/// <summary>
/// Reads documents from files of one format; plugins add formats by file extension. A reader whose options record has a string
/// <c>Field</c> receives the field that a recipe names after <c>#</c>, as in <c>rows.parquet#meta.text</c>.
/// </summary>
public interface ICorpusReader
{
    /// <summary>The extensions that it reads, in lower case with the dot.</summary>
    IReadOnlyCollection<string> Extensions { get; }

    /// <summary>The file's documents in order; null for a row whose text is null, which is skipped and counted.</summary>
    /// <exception cref="InputException">The file is not valid in its format.</exception>
    IEnumerable<string?> Read(string path);

    /// <summary>Reads documents from the decompressed content of a <c>.gz</c> or <c>.zst</c> file.</summary>
    /// <param name="content">The content; read once from the start, so it need not support seeking.</param>
    /// <param name="path">The compressed file, for messages.</param>
    /// <exception cref="InputException">The content is not valid in its format, or the format cannot be read from compressed files.</exception>
    IEnumerable<string?> Read(Stream content, string path) =>
        throw new InputException($"{path}: this format cannot be read from compressed files; expected the decompressed file");
}
