using System.Text.Encodings.Web;
using System.Text.Json;
using MoELab.Data.Tokenization.Bpe;
using MoELab.Data.Tokenization.Pieces;
using MoELab.Recipes.Input;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>Writes tokenizer.json, with every field that Hugging Face's library requires and none that it does not know.</summary>
internal static class TokenizerWriter
{
    private static readonly JsonSerializerOptions Plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static void Write(Stream stream, ITokenizer tokenizer)
    {
        using var writer = new Utf8JsonWriter(stream, new JsonWriterOptions { Encoder = Plain.Encoder });
        if (tokenizer is BpeTokenizer { Source: { } source } read)
        {
            Completed(source, read).WriteTo(writer, Plain);
            return;
        }
        var (tokens, merges) = tokenizer switch
        {
            O200kTokenizer o200k => (o200k.Tokens, RankedMerges.Of(o200k.Tokens)),
            BpeTokenizer bpe => (bpe.Model.Tokens, bpe.Model.Merges.OrderBy(m => m.Value.Rank).Select(m => m.Key)),
            _ => (BpeModel.FromMerges([]).Tokens, []),
        };
        WriteByteLevel(writer, tokens, merges, tokenizer.Separator, tokenizer is O200kTokenizer);
    }

    // The file as it was read, with the separator as a token that the library knows, and without truncation or padding.
    private static JsonObject Completed(byte[] source, BpeTokenizer tokenizer)
    {
        var root = InputJson.Parse(source, tokenizer.Name, TokenizerFile.Expected, TokenizerFile.MaxDepth).AsObject();
        var ours = root.Remove("moelab");
        root["version"] = "1.0";
        (root["truncation"], root["padding"]) = (null, null);
        if (root["added_tokens"] is not JsonArray added)
            root["added_tokens"] = added = [];
        var vocabulary = root["model"]!["vocab"]!.AsObject();
        // The library takes an added token's id from the vocabulary, or assigns the next free one.
        var extendsVocabulary = ours;
        if (!added.Any(t => t!["id"]!.GetValue<int>() == tokenizer.Separator))
        {
            extendsVocabulary |= !vocabulary.ContainsKey(tokenizer.Model.SeparatorText)
                && tokenizer.Separator != AddedTokenReader.NextId(vocabulary.Count, added.Select(t => t!["id"]!.GetValue<int>()));
            added.Add(new JsonObject { ["id"] = tokenizer.Separator, ["content"] = tokenizer.Model.SeparatorText, ["special"] = true });
        }
        foreach (var token in added.Select(t => t!.AsObject()))
        {
            var special = token["special"]?.GetValue<bool>() ?? false;
            foreach (var (field, unless) in new[] { ("single_word", false), ("lstrip", false), ("rstrip", false), ("normalized", !special),
                ("special", false) })
                token[field] ??= unless;
            if (extendsVocabulary)
                vocabulary[token["content"]!.GetValue<string>()] = token["id"]!.GetValue<int>();
        }
        if (ours)
            root["decoder"] = ByteLevel(true);
        return root;
    }

    private static void WriteByteLevel(Utf8JsonWriter writer, byte[][] tokens, IEnumerable<(int Left, int Right)> merges, int separator, bool o200k)
    {
        writer.WriteStartObject();
        Put("version", "1.0");
        Put("truncation", null);
        Put("padding", null);
        Put("added_tokens", new JsonArray(new JsonObject
        {
            ["id"] = separator,
            ["content"] = Tokenizers.EndOfText,
            ["single_word"] = false,
            ["lstrip"] = false,
            ["rstrip"] = false,
            ["normalized"] = false,
            ["special"] = true,
        }));
        Put("normalizer", null);
        Put("pre_tokenizer", o200k
            ? new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(Split(BpePattern.O200kSource), ByteLevel(false)) }
            : ByteLevel(true));
        Put("post_processor", null);
        Put("decoder", ByteLevel(true));
        writer.WriteStartObject("model");
        foreach (var (field, value) in new (string, JsonNode?)[] { ("type", "BPE"), ("dropout", null), ("unk_token", null),
            ("continuing_subword_prefix", null),
            ("end_of_word_suffix", null), ("fuse_unk", false), ("byte_fallback", false), ("ignore_merges", o200k) })
            Put(field, value);
        writer.WriteStartObject("vocab");
        for (var id = 0; id <= separator; id++)
        {
            if (id == separator)
                writer.WriteNumber(Tokenizers.EndOfText, id);
            else if (tokens[id].Length > 0)
                writer.WriteNumber(ByteAlphabet.ToText(tokens[id]), id);
        }
        writer.WriteEndObject();
        writer.WriteStartArray("merges");
        foreach (var (left, right) in merges)
        {
            writer.WriteStartArray();
            writer.WriteStringValue(ByteAlphabet.ToText(tokens[left]));
            writer.WriteStringValue(ByteAlphabet.ToText(tokens[right]));
            writer.WriteEndArray();
        }
        writer.WriteEndArray();
        writer.WriteEndObject();
        writer.WriteEndObject();

        void Put(string name, JsonNode? value)
        {
            writer.WritePropertyName(name);
            if (value is null)
                writer.WriteNullValue();
            else
                value.WriteTo(writer, Plain);
        }
    }

    private static JsonObject ByteLevel(bool cuts) => new()
    {
        ["type"] = "ByteLevel",
        ["add_prefix_space"] = false,
        ["trim_offsets"] = true,
        ["use_regex"] = cuts,
    };

    private static JsonObject Split(string pattern) =>
        new() { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = pattern }, ["behavior"] = "Isolated", ["invert"] = false };
}
