namespace MoELab.Data;

/// <summary>Converts text to token ids and back.</summary>
public interface ITokenizer
{
    /// <summary>The name that a recipe uses: <c>bytes</c>, <c>bpe-1024</c>, <c>o200k_base</c>, or a path.</summary>
    string Name { get; }

    /// <summary>Number of ids, including the separator: ids are 0 up to this, exclusive.</summary>
    int VocabularySize { get; }

    /// <summary>The id of the token that separates documents.</summary>
    int Separator { get; }

    /// <summary>Token ids of a text, without separators.</summary>
    int[] Encode(string text);

    /// <summary>The text of token ids; separators are left out, invalid UTF-8 becomes U+FFFD.</summary>
    string Decode(ReadOnlySpan<int> tokens);

    /// <summary>Number of UTF-8 bytes of a token, for bits per byte; 0 for the separator.</summary>
    int ByteLength(int token);
}
