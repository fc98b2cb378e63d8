using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization.Bpe;

/// <summary>BPE as in Hugging Face's tokenizers.</summary>
internal sealed class BpeTokenizer(string name, BpeModel model, TokenizerSteps steps) : PieceTokenizer(steps)
{
    public override string Name => name;
    public override int VocabularySize => model.Tokens.Length;
    public override int Separator => model.Separator;
    public override byte[][] Tokens => model.Tokens;
    public BpeModel Model => model;

    /// <summary>The bytes of the tokenizer.json from which this was read; null for a trained tokenizer.</summary>
    public byte[]? Source { get; init; }

    /// <summary>Number of spaces to remove at the start of a decoded text (SentencePiece adds one).</summary>
    public int LeadingSpaces { get; init; }

    public override string Decode(ReadOnlySpan<int> tokens)
    {
        var text = base.Decode(tokens);
        return text[Math.Min(LeadingSpaces, text.Length - text.AsSpan().TrimStart(' ').Length)..];
    }

    public override string Spell(int token) => token >= 0 && token < model.Spellings.Length ? model.Spellings[token] : "";

    protected override int[] EncodePiece(ReadOnlySpan<char> piece) => model.Encode(Steps.SpellsBytes ? ByteAlphabet.Spell(piece) : piece);
}
