using System.Text.RegularExpressions;

namespace MoELab.Data;

/// <summary>How text is cut into pieces before pairs are merged; no merge crosses a cut.</summary>
internal static partial class BpePattern
{
    /// <summary>GPT-2's cut, which Hugging Face's <c>ByteLevel</c> uses: contractions, words, numbers, punctuation, white space.</summary>
    public static Regex Gpt2 => Gpt2Regex();

    [GeneratedRegex(@"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+", RegexOptions.CultureInvariant)]
    private static partial Regex Gpt2Regex();
}
