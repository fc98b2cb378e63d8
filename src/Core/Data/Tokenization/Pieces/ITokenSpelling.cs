namespace MoELab.Data.Tokenization.Pieces;

/// <summary>A tokenizer that can show its vocabulary.</summary>
internal interface ITokenSpelling
{
    /// <summary>A token as Hugging Face's vocabulary spells it: GPT-2's stand-ins for bytes (<c>Ġ</c> is a space), or the text itself.</summary>
    string Spell(int token);

    /// <summary>The bytes that a token stands for; none for the separator.</summary>
    byte[] Bytes(int token);
}
