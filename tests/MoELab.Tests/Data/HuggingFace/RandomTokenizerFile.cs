using MoELab.Data.Tokenization.Bpe;

namespace MoELab.Tests.Data.HuggingFace;

/// <summary>Seeded tokenizer.json files out of everything that MoELab says it honours.</summary>
internal sealed class RandomTokenizerFile(int seed)
{
    private static readonly string[] Patterns =
    [
        @"[^\r\n\p{L}\p{N}]?+\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]++[\r\n]*|\s*[\r\n]|\s+(?!\S)|\s+", @"\p{N}{1,3}", @"[一-龥぀-ゟ゠-ヿ]+", @"\s+", " ?[^\\s]+", @"\w+", @"\b", "^.", ".$", @"(?i:'s|'t|the)", @"[a-c]++|\d",
        @"[!""#$%&'()*+,\-./:;<=>?@\[\\\]^_`{|}~][A-Za-z]+|[^\r\n\p{L}\p{P}\p{S}]?[\p{L}\p{M}]+| ?[\p{P}\p{S}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+", "(?:a|b)*?c", "x*", @"[^\p{P}\d_]+", "[A-Z]{2}+",
        @"\P{L}", @"\p{^N}+", "(?<=[a-z])(?=[A-Z])", @"\x{4e00}|\u0061", "(?i)[r-t]+", @"\h+",
    ];

    private readonly Random _random = new(seed);

    /// <summary>A file over a vocabulary, and texts in which its added tokens stand.</summary>
    public (JsonObject Json, string[] Added) Next(BpeModel trained)
    {
        var byteLevel = _random.Next(4) > 0;
        var model = byteLevel ? ByteModel(trained) : CharacterModel();
        var added = Added(model["vocab"]!.AsObject());
        var json = new JsonObject
        {
            ["version"] = "1.0",
            ["truncation"] = null,
            ["padding"] = null,
            ["added_tokens"] = new JsonArray([.. added]),
            ["normalizer"] = Normalizer(2, byteLevel),
            ["pre_tokenizer"] = byteLevel ? BytePreTokenizer() : OneOf(null, Step(), new JsonObject { ["type"] = "Metaspace", ["replacement"] = "▁", ["prepend_scheme"] = OneOf("always", "never"), ["split"] = Flip() }),
            ["post_processor"] = OneOf(null, ByteLevel(Flip(), Flip())),
            ["decoder"] = byteLevel ? ByteLevel(true, true) : JsonNode.Parse("""{"type": "Sequence", "decoders": [{"type": "Replace", "pattern": {"String": "▁"}, "content": " "}, {"type": "ByteFallback"}, {"type": "Fuse"}]}"""),
            ["model"] = model,
        };
        return (json, [.. added.Select(t => t!["content"]!.GetValue<string>())]);
    }

    private JsonObject ByteModel(BpeModel trained)
    {
        var kept = _random.Next(trained.Merges.Count);
        var vocabulary = new JsonObject();
        for (var id = 0; id < 256 + kept; id++)
            vocabulary[trained.Spellings[id]] = id;
        if (Flip())
            vocabulary["<|endoftext|>"] = 256 + kept;
        var merges = trained.Merges.OrderBy(m => m.Value.Rank).Take(kept).Select(m => (trained.Spellings[m.Key.Left], trained.Spellings[m.Key.Right])).ToArray();
        return Model(vocabulary, merges, null, false, Flip());
    }

    // Characters as SentencePiece leaves them, with bytes or an unknown token for the rest.
    private JsonObject CharacterModel()
    {
        var vocabulary = new JsonObject { ["<unk>"] = 0, ["</s>"] = 1 };
        var fallback = Flip();
        for (var b = 0; fallback && b < 256; b++)
            vocabulary[$"<0x{b:X2}>"] = vocabulary.Count;
        foreach (var c in "▁abcdefghiknorstuw.,éА日\n 0123".Where(_ => _random.Next(8) > 0))
            vocabulary[c.ToString()] = vocabulary.Count;
        var merges = new List<(string, string)>();
        for (var i = 0; i < 30; i++)
        {
            var (left, right) = (Pick(vocabulary), Pick(vocabulary));
            if (left.Length + right.Length > 6 || vocabulary.ContainsKey(left + right))
                continue;
            vocabulary[left + right] = vocabulary.Count;
            merges.Add((left, right));
        }
        return Model(vocabulary, merges, fallback && Flip() ? null : "<unk>", fallback, Flip());
    }

    private string Pick(JsonObject vocabulary) => vocabulary.ElementAt(_random.Next(vocabulary.Count)).Key;

    private JsonObject Model(JsonObject vocabulary, IReadOnlyList<(string Left, string Right)> merges, string? unknown, bool fallback, bool strings) => new()
    {
        ["type"] = "BPE",
        ["dropout"] = null,
        ["unk_token"] = unknown,
        ["continuing_subword_prefix"] = OneOf(null, ""),
        ["end_of_word_suffix"] = null,
        ["fuse_unk"] = Flip(),
        ["byte_fallback"] = fallback,
        ["ignore_merges"] = Flip(),
        ["vocab"] = vocabulary,
        ["merges"] = new JsonArray([.. merges.Select(m => strings && !merges.Any(o => (o.Left + o.Right).Contains(' ', StringComparison.Ordinal)) ? (JsonNode)$"{m.Left} {m.Right}" : new JsonArray(m.Left, m.Right))]),
    };

    private List<JsonNode?> Added(JsonObject vocabulary)
    {
        var contents = new[] { "<|endoftext|>", "  ", "the", "<tool>", "é", "AB", "日本", "\n\n", "hello", "e\u0301", "ab", "a" };
        var added = new List<JsonNode?>();
        var next = vocabulary.Count;
        foreach (var content in contents.Where(_ => _random.Next(4) == 0))
        {
            var known = vocabulary[content]?.GetValue<int>();
            added.Add(new JsonObject
            {
                ["id"] = known ?? next++,
                ["content"] = content,
                ["single_word"] = _random.Next(4) == 0,
                ["lstrip"] = _random.Next(4) == 0,
                ["rstrip"] = _random.Next(4) == 0,
                ["normalized"] = content[0] != '<' && Flip(),
                ["special"] = content[0] == '<',
            });
        }
        // The library breaks down where one token's white space on the right is another token.
        if (added.Exists(t => t!["rstrip"]!.GetValue<bool>()))
            added.ForEach(t => t!["rstrip"] = !added.Exists(o => string.IsNullOrWhiteSpace(o!["content"]!.GetValue<string>())));
        return added;
    }

    private JsonNode? Normalizer(int depth, bool byteLevel) => _random.Next(depth > 0 ? 13 : 11) switch
    {
        0 => Typed("NFC"),
        1 => Typed("NFD"),
        2 => Typed("NFKC"),
        3 => Typed("NFKD"),
        4 => Typed("Lowercase"),
        5 => Typed("StripAccents"),
        6 => new JsonObject { ["type"] = "Strip", ["strip_left"] = Flip(), ["strip_right"] = Flip() },
        7 => new JsonObject { ["type"] = "Prepend", ["prepend"] = OneOf("▁", " ", "ab") },
        8 => new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["String"] = OneOf(" ", "a", "ab", "日") }, ["content"] = OneOf("▁", "", "é") },
        9 => new JsonObject { ["type"] = "Replace", ["pattern"] = new JsonObject { ["Regex"] = Patterns[_random.Next(Patterns.Length)] }, ["content"] = OneOf("▁", "", "$0") },
        10 => depth < 2 ? Typed("NFC") : null,
        _ => new JsonObject { ["type"] = "Sequence", ["normalizers"] = new JsonArray([.. Enumerable.Range(0, _random.Next(4)).Select(_ => Normalizer(depth - 2, byteLevel)).Where(n => n is not null)]) },
    };

    private JsonNode BytePreTokenizer()
    {
        if (_random.Next(3) == 0)
            return ByteLevel(Flip(), Flip());
        var steps = Enumerable.Range(0, _random.Next(3)).Select(_ => Step()).Append(ByteLevel(_random.Next(3) == 0, Flip())).ToList();
        if (_random.Next(5) == 0)
            steps.Add(Step());
        return new JsonObject { ["type"] = "Sequence", ["pretokenizers"] = new JsonArray([.. steps]) };
    }

    private JsonNode? Step() => _random.Next(9) switch
    {
        0 => new JsonObject { ["type"] = "Digits", ["individual_digits"] = Flip() },
        1 => new JsonObject { ["type"] = "Punctuation", ["behavior"] = Behavior() },
        2 => Typed(OneOf("Whitespace", "WhitespaceSplit", "BertPreTokenizer")!.GetValue<string>()),
        3 => new JsonObject { ["type"] = "CharDelimiterSplit", ["delimiter"] = OneOf("-", "a", ".") },
        4 => new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["String"] = OneOf("a", ".", " ", "th") }, ["behavior"] = Behavior(), ["invert"] = Flip() },
        _ => new JsonObject { ["type"] = "Split", ["pattern"] = new JsonObject { ["Regex"] = Patterns[_random.Next(Patterns.Length)] }, ["behavior"] = Behavior(), ["invert"] = Flip() },
    };

    private JsonNode? Behavior() => OneOf("Removed", "Isolated", "MergedWithPrevious", "MergedWithNext", "Contiguous");

    private bool Flip() => _random.Next(2) == 0;

    private JsonNode? OneOf(params JsonNode?[] choices) => choices[_random.Next(choices.Length)];

    private static JsonObject Typed(string type) => new() { ["type"] = type };

    private static JsonObject ByteLevel(bool prefix, bool cuts) => new() { ["type"] = "ByteLevel", ["add_prefix_space"] = prefix, ["trim_offsets"] = true, ["use_regex"] = cuts };
}
