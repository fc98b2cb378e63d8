using System.Security.Cryptography;
using MoELab.Data.Tokenization.Pieces;
using MoELab.Randomness;

namespace MoELab.Data.Preparation;

/// <summary>
/// The tokens of each document in random order (<see cref="DataRecipe.ShuffleTokens"/>). The order is that of the corpus and not of a run's seed, so
/// that runs of every seed are evaluated on one text.
/// </summary>
internal static class TokenShuffle
{
    public const string Note = "The tokens of each document are in random order (data.shuffle_tokens): a control, not a text.";

    /// <summary>Shuffles each document in place.</summary>
    /// <param name="documents">Token ids of each document, without separators.</param>
    /// <param name="domain">The domain's name.</param>
    /// <param name="side">Which side of the split.</param>
    public static void Apply(int[][] documents, string domain, string side) => System.Threading.Tasks.Parallel.For(0, documents.Length, i =>
        new Philox(0, "token shuffle", $"{domain}/{side}", i).Shuffle(documents[i].AsSpan()));

    /// <summary>The hash of a domain whose text has another.</summary>
    public static string Hash(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text + "\nshuffled tokens")))[..16];

    /// <summary>The bytes that each document's tokens stand for; in random order they are no text.</summary>
    public static IEnumerable<byte[]> Bytes(IEnumerable<int[]> documents, ITokenizer tokenizer)
    {
        var spelling = (ITokenSpelling)tokenizer;
        return documents.Select(d => d.SelectMany(spelling.Bytes).ToArray());
    }
}
