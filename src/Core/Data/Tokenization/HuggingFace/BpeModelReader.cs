using MoELab.Data.Tokenization.Bpe;
using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>Reads the part <c>model</c>: vocabulary, merges and their options.</summary>
internal static class BpeModelReader
{
    /// <summary>Maximum number of ids without a token, so that a short file cannot require much memory.</summary>
    public const int MaxGaps = 1 << 20;

    /// <summary>Tokens and ids.</summary>
    public static Dictionary<string, int> ReadVocabulary(JsonPart model)
    {
        if (!model.IsObject || !model["vocab"].IsObject || !model["merges"].IsList || (!model["type"].IsNull && model["type"].Text() != "BPE"))
        {
            var type = model.IsObject && !model["type"].IsNull ? $" but '{model["type"].Text()}'" : "";
            throw model.Error($"is not a BPE model with vocab and merges{type}; "
                + "expected BPE (WordPiece, WordLevel and Unigram are not supported)");
        }
        model.Only("type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk", "byte_fallback", "ignore_merges",
            "vocab", "merges");
        if (!model["dropout"].IsNull && model["dropout"].Number() != 0)
            throw model["dropout"].Error($"is {model["dropout"].Number()}, which makes ids random; expected null");
        foreach (var affix in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
        {
            if (!model[affix].IsNull && model[affix].Text().Length > 0)
                throw model[affix].Error($"is '{model[affix].Text()}', which is not supported; expected null");
        }
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        var taken = new HashSet<int>();
        foreach (var (token, id) in model["vocab"].Fields())
        {
            ids.Add(token, id.Id());
            if (!taken.Add(id.Id()))
                throw id.Error($"is {id.Id()}, which is also the id of another token; expected a different id for each token");
        }
        return ids.Count > 0 ? ids : throw model["vocab"].Error("is empty; expected tokens");
    }

    public static BpeModel Read(JsonPart json, Dictionary<string, int> vocabulary, List<AddedToken> added, int separator,
        DecoderReader decoder, bool spellsBytes)
    {
        var size = vocabulary.Values.Concat(added.Select(a => a.Id)).Max() + 1;
        if (size - vocabulary.Count - added.Count > MaxGaps)
            throw json["vocab"].Error($"has {vocabulary.Count} tokens with ids up to {size - 1}; expected at most {MaxGaps} ids without a token");
        var (spellings, tokens) = (new string[size], new byte[size][]);
        Array.Fill(spellings, "");
        Array.Fill(tokens, []);
        foreach (var (text, id) in vocabulary)
            (spellings[id], tokens[id]) = (text, decoder.Bytes(text));
        foreach (var token in added)
            (spellings[token.Id], tokens[token.Id]) = (token.Content, Encoding.UTF8.GetBytes(token.Content));
        tokens[separator] = [];
        var model = new BpeModel
        {
            Spellings = spellings,
            Tokens = tokens,
            Merges = Merges(json["merges"], vocabulary),
            Separator = separator,
            WholePieces = json["ignore_merges"].Flag(false),
            FuseUnknown = json["fuse_unk"].Flag(false),
            ByteFallback = json["byte_fallback"].Flag(false),
            Unknown = json["unk_token"].IsNull ? null
                : vocabulary.TryGetValue(json["unk_token"].Text(), out var unknown) ? unknown
                : throw json["unk_token"].Error($"'{json["unk_token"].Text()}' is not in the vocabulary"),
        }.Index(added.Where(a => !vocabulary.ContainsKey(a.Content)).Select(a => a.Id));
        if (model.Unknown == separator)
            throw json["unk_token"].Error($"'{spellings[separator]}' also separates documents; expected another token for unknown characters");
        if (model.Unknown is null && Missing(model, spellsBytes) is { } missing)
            throw json["vocab"].Error(missing);
        return model;
    }

    private static Dictionary<(int, int), (int, int)> Merges(JsonPart list, Dictionary<string, int> vocabulary)
    {
        var ranks = new Dictionary<(int, int), (int, int)>();
        var rank = 0;
        foreach (var merge in list.Items())
        {
            if (!merge.IsList && merge.Text().StartsWith("#version", StringComparison.Ordinal))
                continue;
            string[] pair = merge.IsList ? [.. merge.Items().Select(p => p.Text())] : merge.Text().Split(' ');
            if (pair.Length != 2)
                throw merge.Error("is not a pair; expected two tokens");
            if (!vocabulary.TryGetValue(pair[0], out var left) || !vocabulary.TryGetValue(pair[1], out var right)
                || !vocabulary.TryGetValue(pair[0] + pair[1], out var id))
                throw merge.Error($"'{pair[0]} {pair[1]}' names a token that is not in the vocabulary");
            // The later of two wins, as in the library.
            ranks[(left, right)] = (rank++, id);
        }
        return ranks;
    }

    // Hugging Face silently drops characters without a token.
    private static string? Missing(BpeModel model, bool spellsBytes)
    {
        var valid = Enumerable.Range(0, 256).Where(b => b is not (0xC0 or 0xC1 or >= 0xF5)).ToArray();
        if (!spellsBytes)
        {
            return model.ByteFallback && valid.All(b => model.Find($"<0x{b:X2}>") is not null) ? null
                : "has no tokens for all characters; expected a byte-level BPE, byte_fallback with its byte tokens, or unk_token";
        }
        return valid.Cast<int?>().FirstOrDefault(b => model.Find(ByteAlphabet.ToText([(byte)b!])) is null) is { } missing
            ? $"has no token for byte {missing}; expected a byte-level BPE with every byte that UTF-8 can contain" : null;
    }
}
