using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>Reads and writes Hugging Face's tokenizer.json, for byte-level BPE (GPT-2, Llama 3, Qwen, Trinity and their like).</summary>
internal static class HuggingFaceTokenizer
{
    private static readonly string[] SeparatorNames = ["<|endoftext|>", "<|end_of_text|>", "<|begin_of_text|>", "</s>", "<s>", "<eos>"];

    /// <exception cref="RecipeException">The file is no byte-level BPE.</exception>
    public static BpeTokenizer Read(string path, string name)
    {
        JsonNode root;
        try
        {
            root = JsonNode.Parse(File.ReadAllText(path)) ?? throw new JsonException("null");
            return Build(root, path, name);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or KeyNotFoundException)
        {
            throw new RecipeException($"{path}: cannot be read as a tokenizer ({e.Message.Split('\n')[0].TrimEnd('.')}); expected a Hugging Face tokenizer.json", e);
        }
    }

    public static JsonObject Write(BpeTokenizer tokenizer)
    {
        var model = tokenizer.Model;
        var vocab = new JsonObject();
        for (var id = 0; id < model.Tokens.Length; id++)
        {
            if (model.Tokens[id].Length > 0)
                vocab[ByteAlphabet.ToText(model.Tokens[id])] = id;
        }
        var merges = model.Merges.OrderBy(m => m.Value.Rank)
            .Select(m => (JsonNode)new JsonArray(ByteAlphabet.ToText(model.Tokens[m.Key.Left]), ByteAlphabet.ToText(model.Tokens[m.Key.Right])));
        var gpt2 = ReferenceEquals(tokenizer.Pattern, BpePattern.Gpt2);
        var byteLevel = new JsonObject { ["type"] = "ByteLevel", ["add_prefix_space"] = tokenizer.PrefixSpace, ["trim_offsets"] = true, ["use_regex"] = gpt2 };
        var split = new JsonObject
        {
            ["type"] = "Split",
            ["pattern"] = new JsonObject { ["Regex"] = tokenizer.Pattern.ToString() },
            ["behavior"] = "Isolated",
            ["invert"] = false,
        };
        return new JsonObject
        {
            ["version"] = "1.0",
            ["added_tokens"] = new JsonArray(new JsonObject { ["id"] = model.Separator, ["content"] = model.SeparatorText, ["special"] = true }),
            ["normalizer"] = null,
            ["pre_tokenizer"] = gpt2 ? byteLevel : new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray(split, byteLevel) },
            ["decoder"] = new JsonObject { ["type"] = "ByteLevel" },
            ["model"] = new JsonObject { ["type"] = "BPE", ["ignore_merges"] = model.WholePieces, ["vocab"] = vocab, ["merges"] = new JsonArray([.. merges]) },
        };
    }

    private static BpeTokenizer Build(JsonNode root, string path, string name)
    {
        var json = root["model"] as JsonObject;
        if (json?["vocab"] is not JsonObject vocab || json["merges"] is not JsonArray merges || (json["type"]?.GetValue<string>() ?? "BPE") != "BPE")
            throw new RecipeException($"{path}: the model is no BPE with vocab and merges; expected a byte-level BPE");
        var ids = vocab.ToDictionary(v => v.Key, v => v.Value!.GetValue<int>(), StringComparer.Ordinal);
        var added = (root["added_tokens"] as JsonArray ?? []).Select(t => (Id: t!["id"]!.GetValue<int>(), Text: t["content"]!.GetValue<string>())).ToArray();
        var separator = SeparatorNames.SelectMany(s => added.Where(a => a.Text == s)).FirstOrDefault((Id: -1, Text: "<|endoftext|>"));
        var size = Math.Max(ids.Values.DefaultIfEmpty(-1).Max(), added.Select(a => a.Id).DefaultIfEmpty(-1).Max()) + 1;
        if (separator.Id < 0)
            separator = (size++, separator.Text);
        var tokens = new byte[size][];
        Array.Fill(tokens, []);
        var special = added.Select(a => a.Id).ToHashSet();
        foreach (var (text, id) in ids)
        {
            if (!special.Contains(id))
                tokens[id] = ByteAlphabet.ToBytes(text) ?? throw new RecipeException($"{path}: token '{text}' is not in the byte-level alphabet; expected a byte-level BPE");
        }
        var ranks = new Dictionary<(int, int), (int, int)>(merges.Count);
        for (var m = 0; m < merges.Count; m++)
        {
            var pair = merges[m] is JsonArray both ? [both[0]!.GetValue<string>(), both[1]!.GetValue<string>()] : merges[m]!.GetValue<string>().Split(' ');
            if (pair.Length != 2 || !ids.TryGetValue(pair[0], out var left) || !ids.TryGetValue(pair[1], out var right) || !ids.TryGetValue(pair[0] + pair[1], out var id))
                throw new RecipeException($"{path}: merge {m} names a token that the vocabulary lacks");
            ranks.TryAdd((left, right), (m, id));
        }
        var model = new BpeModel
        {
            Tokens = tokens,
            Merges = ranks,
            Separator = separator.Id,
            SeparatorText = separator.Text,
            WholePieces = json["ignore_merges"]?.GetValue<bool>() ?? false,
        }.Index();
        if (Array.IndexOf(model.ByteIds, -1) is >= 0 and var missing)
            throw new RecipeException($"{path}: byte {missing} has no token; expected a byte-level BPE");
        var (pattern, prefix) = Pattern(root["pre_tokenizer"], path);
        return new BpeTokenizer(name, model, pattern) { PrefixSpace = prefix };
    }

    private static (Regex Pattern, bool PrefixSpace) Pattern(JsonNode? node, string path)
    {
        var steps = node?["type"]?.GetValue<string>() == "Sequence" ? node["pretokenizers"]!.AsArray().ToArray() : [node];
        var pattern = (Regex?)null;
        var prefix = false;
        foreach (var step in steps)
        {
            var found = step?["type"]?.GetValue<string>() switch
            {
                "ByteLevel" => step["use_regex"]?.GetValue<bool>() ?? true ? BpePattern.Gpt2 : null,
                "Split" when step["behavior"]?.GetValue<string>() == "Isolated" && step["pattern"]?["Regex"] is { } regex => Compile(regex.GetValue<string>(), path),
                var other => throw new RecipeException($"{path}: pre-tokenizer '{other ?? "none"}' is not supported; expected ByteLevel, or one Split with a Regex before it"),
            };
            if (found is not null && pattern is not null)
                throw new RecipeException($"{path}: more than one pattern cuts the text; expected ByteLevel, or one Split with a Regex before it");
            pattern ??= found;
            prefix |= step["add_prefix_space"]?.GetValue<bool>() ?? false;
        }
        return (pattern ?? BpePattern.Gpt2, prefix);
    }

    private static Regex Compile(string pattern, string path)
    {
        // Possessive quantifiers only save time in these patterns, and .NET does not know them.
        var plain = Regex.Replace(pattern, @"(?<!\\)([?*+}])\+", "$1");
        try
        {
            return new Regex(plain, RegexOptions.CultureInvariant | RegexOptions.Compiled);
        }
        catch (ArgumentException e)
        {
            throw new RecipeException($"{path}: the pattern '{pattern}' cannot be used; expected a regular expression", e);
        }
    }
}
