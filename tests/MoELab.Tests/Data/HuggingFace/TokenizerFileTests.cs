using System.Text.RegularExpressions;
using MoELab.Data.Tokenization;
using MoELab.Data.Tokenization.HuggingFace;
using MoELab.Data.Tokenization.Pieces;
using MoELab.Data.Tokenization.Unicode;

namespace MoELab.Tests.Data.HuggingFace;

/// <summary>What a tokenizer.json asks for is done, or refused in a sentence that names file and place.</summary>
public sealed class TokenizerFileTests
{
    public static TheoryData<string, string, string> Refused => new()
    {
        { "normalizer", """{"type": "BertNormalizer"}""", "normalizer.type is 'BertNormalizer', which is not supported; expected NFC" },
        { "normalizer", """{"type": "Precompiled", "precompiled_charsmap": ""}""", "'Precompiled'" },
        { "normalizer", """{"type": "Sequence", "normalizers": [{"type": "NFC"}, {"type": "Nmt"}]}""", "normalizer.normalizers[1].type is 'Nmt'" },
        { "normalizer", """{"type": "NFC", "form": 2}""", "normalizer has an unknown key 'form'" },
        { "normalizer", """{"type": "Replace", "pattern": {"Regex": "[[:alpha:]]"}, "content": ""}""", "nested classes" },
        { "normalizer", """{"type": "Replace", "pattern": {"String": ""}, "content": "a"}""", "is empty" },
        { "normalizer", "7", "normalizer is 7; expected an object" },
        { "normalizer", "{}", "normalizer.type is missing; expected a string" },
        { "pre_tokenizer", """{"type": "UnicodeScripts"}""", "'UnicodeScripts', which is not supported" },
        { "pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "a"}, "behavior": "Kept"}""", "pre_tokenizer.behavior is 'Kept'; expected Removed, Isolated" },
        { "pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "(?<=a"}, "behavior": "Isolated"}""", "a '(' is not closed" },
        { "pre_tokenizer", """{"type": "Split", "pattern": {"Regex": "\\p{Han}+"}, "behavior": "Isolated"}""", "not a general category" },
        { "pre_tokenizer", """{"type": "ByteLevel", "add_prefix_space": "yes"}""", "pre_tokenizer.add_prefix_space is \"yes\"; expected true or false" },
        { "post_processor", """{"type": "BertProcessing", "sep": ["[SEP]", 1], "cls": ["[CLS]", 2]}""", "puts '[CLS]' and '[SEP]' around a text" },
        { "post_processor", """{"type": "Magic"}""", "post_processor.type is 'Magic'" },
        { "decoder", """{"type": "WordPiece"}""", "decoder.type is 'WordPiece'" },
        { "version", "\"2.0\"", "version is 2.0; expected 1.0" },
        { "surprise", "1", "has an unknown key 'surprise'" },
        { "added_tokens", """[{"id": 999, "content": "x y"}]""", "added_tokens[0].id is 999, but Hugging Face's library assigns the id 257 to 'x y'" },
        { "added_tokens", """[{"id": 5, "content": "a"}]""", "assigns the id 97 to 'a'" },
        { "added_tokens", """[{"id": -1, "content": "a"}]""", "added_tokens[0].id is -1; expected an id from 0 to 16777215" },
        { "added_tokens", """[{"id": 257, "content": ""}]""", "is empty" },
        { "normalizer", """{"type": "Replace", "pattern": {"String": "ab"}, "content": ""}""", "'ab' is normalized to nothing" },
        { "added_tokens", """[{"id": 257, "content": "xx"}, {"id": 258, "content": "xx"}]""", "is in the list twice" },
        { "model.type", "\"Unigram\"", "is not a BPE model with vocab and merges but 'Unigram'; expected BPE (WordPiece, WordLevel and Unigram are not supported)" },
        { "model.type", "\"WordPiece\"", "WordPiece, WordLevel and Unigram are not supported" },
        { "model.dropout", "0.1", "model.dropout is 0.1, which makes ids random" },
        { "model.continuing_subword_prefix", "\"##\"", "model.continuing_subword_prefix is '##', which is not supported" },
        { "model.end_of_word_suffix", "\"</w>\"", "model.end_of_word_suffix is '</w>'" },
        { "model.unk_token", "\"<unk>\"", "model.unk_token '<unk>' is not in the vocabulary" },
        { "model.merges", """[["a", "b", "c"]]""", "model.merges[0] is not a pair" },
        { "model.merges", """["a b"]""", "model.merges[0] 'a b' names a token that is not in the vocabulary" },
        { "model.merges", "[7]", "model.merges[0] is 7; expected a string" },
        { "model.vocab", """{"a": 0}""", "model.vocab has no token for byte 0" },
        { "model.vocab", """{"a": 0, "b": 0}""", "model.vocab['b'] is 0, which is also the id of another token" },
        { "model.vocab", "{}", "model.vocab is empty" },
        { "model.vocab", """{"a": 16000000}""", "expected at most 1048576 ids without a token" },
        { "model.vocab", """{"a": 99999999999}""", "is 99999999999; expected an id" },
    };

    [Theory, MemberData(nameof(Refused))]
    public void What_is_not_supported_is_one_sentence_with_its_place(string place, string value, string part)
    {
        using var folder = new CacheFolder();
        var sentence = Assert.Throws<InputException>(() => Tokenizers.Create(With(folder, place, value))).Message;
        Assert.Contains(part, sentence, StringComparison.Ordinal);
        Assert.StartsWith(Path.Combine(folder.Root, "tokenizer.json") + ": ", sentence, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', sentence);
    }

    [Theory]
    [InlineData("""{"model": {}, "model": {}}""", "occurs twice")]
    [InlineData("""{"version": "\ud800"}""", "cannot be read as a tokenizer")]
    [InlineData("[[", "not JSON at line 1")]
    [InlineData("", "not JSON at line 1")]
    [InlineData("[]", "the file is []; expected an object")]
    public void What_is_no_such_JSON_is_one_sentence(string content, string part)
    {
        using var folder = new CacheFolder();
        Assert.Contains(part, Assert.Throws<InputException>(() => Tokenizers.Create(folder.Write("tokenizer.json", content))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Nesting_without_end_is_one_sentence()
    {
        using var folder = new CacheFolder();
        var path = folder.Write("tokenizer.json", new string('[', 100_000));
        Assert.Contains("maximum configured depth of 64", Assert.Throws<InputException>(() => Tokenizers.Create(path)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_searches_in_circles_is_given_up()
    {
        Assert.Equal(TimeSpan.FromSeconds(10), PatternReader.Compile("a|aa").MatchTimeout);
        var split = new PatternSplit(new Regex("(?:a|aa)+[!?]", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(0.05)));
        var sentence = Assert.Throws<InputException>(() => split.Apply(new Piece(new string('a', 200).AsMemory(), true), [])).Message;
        Assert.Equal("data.tokenizer: the pattern '(?:a|aa)+[!?]' takes more than 0.05 seconds on one text; expected a pattern without excessive backtracking", sentence);
    }

    [Theory]
    [InlineData("""{"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": "<s>", "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}], "pair": [], "special_tokens": {"<s>": {"id": "<s>", "ids": [257], "tokens": ["<s>"]}}}""", 257)]
    [InlineData("""{"type": "ByteLevel", "add_prefix_space": true, "trim_offsets": false, "use_regex": true}""", 258)]
    [InlineData("null", 258)]
    public void What_the_file_puts_around_a_text_is_the_separator(string postProcessor, int separator)
    {
        using var folder = new CacheFolder();
        var path = With(folder, "added_tokens", """[{"id": 257, "content": "<s>", "special": true}, {"id": 258, "content": "</s>", "special": true}]""");
        Assert.Equal(separator, Tokenizers.Create(Set(path, "post_processor", postProcessor)).Separator);
    }

    [Fact]
    public void The_separators_text_stays_text_and_other_added_tokens_are_found()
    {
        using var folder = new CacheFolder();
        var tokenizer = Tokenizers.Create(With(folder, "added_tokens", """[{"id": 257, "content": "<|endoftext|>", "special": true}, {"id": 258, "content": "<|user|>", "special": true}]"""));
        Assert.Equal([258, 97, 60, 124], tokenizer.Encode("<|user|>a<|endoftext|>")[..4]);
        Assert.DoesNotContain(257, tokenizer.Encode("<|user|>a<|endoftext|>"));
        Assert.Equal("<|user|>a<|endoftext|>", tokenizer.Decode(tokenizer.Encode("<|user|>a<|endoftext|>")));
        Assert.Equal((8, 0), (tokenizer.ByteLength(258), tokenizer.ByteLength(257)));
    }

    [Fact]
    public void Lower_case_of_letters_that_become_two_is_whole() => Assert.Equal("i\u0307 ßσ 𐐨", UnicodeText.Lowercase("İ ẞΣ 𐐀"));

    /// <summary>A byte-level file with GPT-2's cut, one value of it changed; the value is JSON.</summary>
    internal static string With(CacheFolder folder, string place, string value)
    {
        var path = folder.Write("tokenizer.json", File.ReadAllText(ExportedTokenizerTests.Golden("tok-prefix")));
        var json = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
        json["pre_tokenizer"]!["add_prefix_space"] = false;
        json["model"]!["vocab"]!.AsObject().Add("ab", 256);
        json["added_tokens"] = place == "normalizer" ? new JsonArray(new JsonObject { ["id"] = 256, ["content"] = "ab" }) : new JsonArray();
        if (place == "model.merges")
            json["model"]!["vocab"]!.AsObject().Remove("ab");
        File.WriteAllText(path, json.ToJsonString());
        return Set(path, place, value);
    }

    private static string Set(string path, string place, string value)
    {
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        var keys = place.Split('.');
        var at = keys[..^1].Aggregate(json, (node, key) => node[key]!);
        at[keys[^1]] = JsonNode.Parse(value);
        File.WriteAllText(path, json.ToJsonString());
        return path;
    }
}
