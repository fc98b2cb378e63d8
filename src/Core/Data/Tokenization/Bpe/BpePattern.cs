using System.Text.RegularExpressions;
using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization.Bpe;

/// <summary>Patterns that split text into pieces before pairs are merged; no merge crosses a split.</summary>
internal static partial class BpePattern
{
    private const string Before = @"[^\r\n\p{L}\p{N}]?", Upper = @"[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]", Lower = @"[\p{Ll}\p{Lm}\p{Lo}\p{M}]";
    private const string Suffix = "(?i:'s|'t|'re|'ve|'m|'ll|'d)?", FoldedSuffix = @"(?i:'[s\u017F]|'t|'re|'ve|'m|'ll|'d)?";
    private const string Others = @"\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    /// <summary>The pattern of <see cref="O200kSplit"/> in Oniguruma's syntax.</summary>
    public const string O200kSource = $"{Before}{Upper}*{Lower}+{Suffix}|{Before}{Upper}+{Lower}*{Suffix}|{Others}";

    /// <summary>GPT-2's pattern, which Hugging Face's <c>ByteLevel</c> uses: contractions, words, numbers, punctuation, white space.</summary>
    public static PieceStep Gpt2Split { get; } = new PatternSplit(Gpt2).Apply;

    /// <summary>
    /// The pattern of OpenAI's <c>o200k_base</c>: words by case, numbers by three, punctuation, white space. Case folding makes the long
    /// s (U+017F) an s there, which .NET's does not.
    /// </summary>
    public static PieceStep O200kSplit { get; } = new PatternSplit(O200k).Apply;

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    public static partial Regex Gpt2 { get; }

    [GeneratedRegex($"{Before}{Upper}*{Lower}+{FoldedSuffix}|{Before}{Upper}+{Lower}*{FoldedSuffix}|{Others}", RegexOptions.CultureInvariant)]
    private static partial Regex O200k { get; }
}
