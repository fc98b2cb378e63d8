using System.Globalization;
using MoELab.Data;

namespace MoELab.Cells.RunCells;

/// <summary>A tokenizer's vocabulary from its name alone, without data: what costs are counted with before anything is prepared.</summary>
internal static class NominalVocabulary
{
    /// <summary>The size; 0 for a file, whose size only reading tells.</summary>
    public static int Of(string tokenizer) => tokenizer switch
    {
        "bytes" or "o200k_base" => Tokenizers.Create(tokenizer).VocabularySize,
        _ when tokenizer.StartsWith("bpe-", StringComparison.Ordinal)
            && int.TryParse(tokenizer[4..], NumberStyles.None, CultureInfo.InvariantCulture, out var size) => size,
        _ => 0,
    };
}
