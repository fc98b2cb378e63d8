using MoELab.Data;
using MoELab.Data.Tokenization;
using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Tests.Data.HuggingFace;

/// <summary>What MoELab writes opens in Hugging Face's library and gives the run's ids there.</summary>
public sealed class ExportedTokenizerTests
{
    private static readonly string[] Corpus =
    [
        .. new RandomText(1).Many(400, any: false),
        "The router sends each token to a few experts, and the balancer moves the bias of each expert. ".PadRight(4000, 'x'),
        "for (var i = 0; i < 10; i++)\n{\n    total += values[i] * 2;\n}\n",
    ];

    public static TheoryData<string> Kinds => ["bytes", "bpe-258", "bpe-700", "o200k_base", "tok-added", "tok-lower", "tok-nobyte", "tok-prefix", "tok-export"];

    [Theory, MemberData(nameof(Kinds))]
    public void Any_text_has_the_same_ids_in_the_library(string kind)
    {
        using var folder = new CacheFolder();
        var tokenizer = Make(kind);
        Tokenizers.Export(tokenizer, folder.Root);
        // The library's tables of lower case are older than .NET's.
        var texts = new RandomText(14).Many(kind == "o200k_base" ? 4000 : 2000, any: kind != "tok-lower");
        var answer = RustTokenizers.Encode(Path.Combine(folder.Root, "tokenizer.json"), texts);
        Assert.Null(answer.Error);
        for (var i = 0; i < texts.Length; i++)
        {
            var ids = tokenizer.Encode(texts[i]);
            Assert.True(answer.Ids[i].SequenceEqual(ids), $"{i}: {Shown(texts[i])}\nlibrary {string.Join(' ', answer.Ids[i])}\nours    {string.Join(' ', ids)}");
            if (kind != "tok-added")
            {
                Assert.Equal(answer.Tokens[i], ids.Select(((ITokenSpelling)tokenizer).Spell));
                Assert.Equal(answer.Decoded[i], tokenizer.Decode(ids));
            }
        }
    }

    [Theory]
    [InlineData("o200k_base")]
    [InlineData("bpe-700")]
    public void Long_texts_of_prose_and_code_have_the_same_ids_in_the_library(string kind)
    {
        using var folder = new CacheFolder();
        var tokenizer = Make(kind);
        Tokenizers.Export(tokenizer, folder.Root);
        string[] texts = [.. Directory.GetFiles(Repository.PathOf("docs"), "*.md").Concat(Directory.GetFiles(Repository.PathOf("src/Core"), "*.cs", SearchOption.AllDirectories))
            .Where(f => !f.Contains("obj", StringComparison.Ordinal)).Order(StringComparer.Ordinal).Select(File.ReadAllText).Append(File.ReadAllText(Repository.PathOf("src/Core/Data/Tokenization/Unicode/normalization.txt")))];
        // The separator's text stays text here, which the library has another way to say.
        texts = [.. texts.Select(t => t.Replace("<|endoftext|>", "<|end|>", StringComparison.Ordinal))];
        var answer = RustTokenizers.Encode(Path.Combine(folder.Root, "tokenizer.json"), texts);
        for (var i = 0; i < texts.Length; i++)
            Assert.Equal(answer.Ids[i], tokenizer.Encode(texts[i]));
    }

    [Theory, MemberData(nameof(Kinds))]
    public void The_separator_has_its_id_in_the_library(string kind)
    {
        using var folder = new CacheFolder();
        var tokenizer = Make(kind);
        Tokenizers.Export(tokenizer, folder.Root);
        var answer = RustTokenizers.Encode(Path.Combine(folder.Root, "tokenizer.json"), [((ITokenSpelling)tokenizer).Spell(tokenizer.Separator)]);
        Assert.Equal(tokenizer.Separator, answer.Ids[0][^1]);
    }

    [Theory, MemberData(nameof(Kinds))]
    public void Files_stand_where_AutoTokenizer_looks_with_every_field_and_none_of_ours(string kind)
    {
        using var folder = new CacheFolder();
        Tokenizers.Export(Make(kind), folder.Root);
        var json = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Root, "tokenizer.json")))!.AsObject();
        Assert.Equal(["added_tokens", "decoder", "model", "normalizer", "padding", "post_processor", "pre_tokenizer", "truncation", "version"], json.Select(p => p.Key).Order(StringComparer.Ordinal));
        Assert.All(json["added_tokens"]!.AsArray(), t => Assert.Equal(["content", "id", "lstrip", "normalized", "rstrip", "single_word", "special"], t!.AsObject().Select(p => p.Key).Order(StringComparer.Ordinal)));
        var config = JsonNode.Parse(File.ReadAllText(Path.Combine(folder.Root, "tokenizer_config.json")))!;
        Assert.Equal("PreTrainedTokenizerFast", config["tokenizer_class"]!.GetValue<string>());
        Assert.Equal("<|endoftext|>", config["eos_token"]!.GetValue<string>());
    }

    [Theory, MemberData(nameof(Kinds))]
    public void What_was_exported_or_saved_reads_back(string kind)
    {
        using var folder = new CacheFolder();
        var tokenizer = Make(kind);
        Tokenizers.Export(tokenizer, folder.Root);
        Tokenizers.Save(tokenizer, Path.Combine(folder.Root, "run"));
        var back = new[] { Tokenizers.Load(folder.Root), Tokenizers.Load(Path.Combine(folder.Root, "run")), Tokenizers.Create(Path.Combine(folder.Root, "tokenizer.json")) };
        Assert.Equal([tokenizer.Name, tokenizer.Name], back[..2].Select(b => b.Name));
        foreach (var text in new RandomText(2).Many(300, any: true))
            Assert.All(back, b => Assert.Equal(tokenizer.Encode(text), b.Encode(text)));
        Assert.All(back, b => Assert.Equal((tokenizer.VocabularySize, tokenizer.Separator), (b.VocabularySize, b.Separator)));
    }

    [Fact]
    public void A_file_of_an_earlier_version_keeps_its_ids_and_becomes_whole()
    {
        using var folder = new CacheFolder();
        var old = JsonNode.Parse(File.ReadAllText(Golden("tok-export")))!.AsObject();
        old["moelab"] = new JsonObject { ["name"] = "bpe-258" };
        old["added_tokens"] = new JsonArray(new JsonObject { ["id"] = 0, ["content"] = "<|endoftext|>", ["special"] = true });
        old["decoder"] = new JsonObject { ["type"] = "ByteLevel" };
        old["model"]!["vocab"]!.AsObject().Remove("<|endoftext|>");
        folder.Write("tokenizer.json", old.ToJsonString());
        var tokenizer = Tokenizers.Load(folder.Root);
        Assert.Equal(("bpe-258", 0), (tokenizer.Name, tokenizer.Separator));
        var path = Path.Combine(folder.Root, "new");
        Tokenizers.Export(tokenizer, path);
        var answer = RustTokenizers.Encode(Path.Combine(path, "tokenizer.json"), ["<|endoftext|>", "hi there"]);
        Assert.Equal([0], answer.Ids[0]);
        Assert.Equal(tokenizer.Encode("hi there"), answer.Ids[1]);
    }

    internal static string Golden(string name) => Repository.PathOf($"tests/Golden/tokenizers/{name}/tokenizer.json");

    private static ITokenizer Make(string kind) => Tokenizers.Create(kind.StartsWith("tok-", StringComparison.Ordinal) ? Golden(kind) : kind, Corpus);

    internal static string Shown(string text) => JsonValue.Create(text).ToJsonString();
}
