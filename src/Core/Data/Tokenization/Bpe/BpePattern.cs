using System.Text.RegularExpressions;
using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization.Bpe;

/// <summary>Patterns that split text into pieces before pairs are merged; no merge crosses a split.</summary>
internal static partial class BpePattern
{
    /// <summary>GPT-2's pattern, which Hugging Face's <c>ByteLevel</c> uses: contractions, words, numbers, punctuation, white space.</summary>
    public static Regex Gpt2 => Gpt2Regex();

    /// <summary>GPT-2's pattern as a step.</summary>
    public static PatternSplit Gpt2Split { get; } = new(Gpt2);

    /// <summary>
    /// The pattern of OpenAI's <c>o200k_base</c>: words by case, numbers by three, punctuation, white space. Case folding makes the long
    /// s (U+017F) an s there, which .NET's does not.
    /// </summary>
    public static PatternSplit O200kSplit { get; } = new(O200kRegex());

    /// <summary>The pattern of <see cref="O200kSplit"/> in Oniguruma's syntax.</summary>
    public const string O200kSource =
        @"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'s|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'s|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Gpt2Regex();

    [GeneratedRegex(@"[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+(?i:'[s\u017F]|'t|'re|'ve|'m|'ll|'d)?|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*(?i:'[s\u017F]|'t|'re|'ve|'m|'ll|'d)?|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex O200kRegex();
}
