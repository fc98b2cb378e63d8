namespace MoELab.Data;

/// <summary>Text to token ids and back.</summary>
public interface ITokenizer
{
    /// <summary>The name that a recipe uses: <c>bytes</c>, <c>bpe-1024</c>, <c>o200k_base</c>, or a path.</summary>
    string Name { get; }

    /// <summary>Ids run from 0 to this, exclusive; the separator included.</summary>
    int VocabularySize { get; }

    /// <summary>The id that stands between documents.</summary>
    int Separator { get; }

    /// <summary>Token ids of a text, without separators.</summary>
    int[] Encode(string text);

    /// <summary>The text of token ids; separators are left out, broken UTF-8 becomes U+FFFD.</summary>
    string Decode(ReadOnlySpan<int> tokens);

    /// <summary>How many bytes of UTF-8 a token stands for; 0 for the separator. Bits per byte need it.</summary>
    int ByteLength(int token);
}
