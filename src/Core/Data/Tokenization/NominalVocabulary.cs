namespace MoELab.Data.Tokenization;

/// <summary>The vocabulary size of a tokenizer from its name alone, for computing costs before any data are prepared.</summary>
internal static class NominalVocabulary
{
    /// <summary>The size; 0 for a file, whose size is known only after reading it.</summary>
    public static int Of(string tokenizer) => tokenizer switch
    {
        "bytes" or "o200k_base" => Tokenizers.Create(tokenizer).VocabularySize,
        _ when tokenizer.StartsWith("bpe-", StringComparison.Ordinal)
            && int.TryParse(tokenizer[4..], NumberStyles.None, CultureInfo.InvariantCulture, out var size) => size,
        _ => 0,
    };
}
