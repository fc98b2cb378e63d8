using FsCheck;
using FsCheck.Fluent;
using MoELab.Data;
using MoELab.Data.Tokenization;
using MoELab.Data.Tokenization.Bpe;

namespace MoELab.Tests.Data;

public sealed class TokenizerTests
{
    private static readonly string[] Sample =
    [
        "The router sends each token to a few experts, and the balancer moves the bias of each expert.",
        "Der Router schickt jedes Wort an wenige Experten; die Äpfel, Öfen und Übungen zählen mit.",
        "for (var i = 0; i < 10; i++)\n{\n    total += values[i] * 2;\n}\n",
        "the the the then there these those",
    ];

    public static TheoryData<string> Names => ["bytes", "bpe-258", "bpe-280", "o200k_base"];

    private static ITokenizer Make(string name) => Tokenizers.Create(name, Sample);

    [Theory]
    [MemberData(nameof(Names))]
    public void EncodeDecode_AnyText_ComesBack(string name)
    {
        var tokenizer = Make(name);
        Prop.ForAll(ArbMap.Default.ArbFor<string>().Generator.Where(t => t is not null).ToArbitrary(), text =>
        {
            var utf8 = Encoding.UTF8.GetBytes(text);
            var tokens = tokenizer.Encode(text);
            return tokenizer.Decode(tokens) == Encoding.UTF8.GetString(utf8)
                && tokens.All(t => t >= 0 && t < tokenizer.VocabularySize && t != tokenizer.Separator)
                && tokens.Sum(tokenizer.ByteLength) == utf8.Length;
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void EncodeDecode_HardText_ComesBack(string name)
    {
        var tokenizer = Make(name);
        foreach (var text in new[] { "", " ", "\n\n \t", "日本語のテキスト", "👩‍👩‍👧 emoji", "a<|endoftext|>b<|endofprompt|>", "\u0000\u0001", new string('a', 3000), "e\u0301\u200d", "don't  stop" })
        {
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
            Assert.Equal(Encoding.UTF8.GetByteCount(text), tokenizer.Encode(text).Sum(tokenizer.ByteLength));
        }
        Assert.Equal(0, tokenizer.ByteLength(tokenizer.Separator));
        Assert.Equal("ab", tokenizer.Decode([.. tokenizer.Encode("a"), tokenizer.Separator, .. tokenizer.Encode("b")]));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void SaveLoad_GivesTheSameTokenizer(string name)
    {
        using var folder = new CacheFolder();
        var tokenizer = Make(name);
        Tokenizers.Save(tokenizer, folder.Root);
        var back = Tokenizers.Load(folder.Root);
        Assert.Equal((tokenizer.Name, tokenizer.VocabularySize, tokenizer.Separator), (back.Name, back.VocabularySize, back.Separator));
        foreach (var text in Sample)
            Assert.Equal(tokenizer.Encode(text), back.Encode(text));
    }

    [Fact]
    public void Bpe_Trains_MostFrequentPairFirstAndTheSameEveryTime()
    {
        var first = (BpeTokenizer)Tokenizers.Create("bpe-260", ["aaab aaab aaab", "xy"]);
        // Of 'a a' (6), ' a' (2), 'a b' (3): 'a a' first; then 'aa a' and 'a b' tie at 3 and the lower ids win.
        Assert.Equal("aa", Encoding.UTF8.GetString(first.Model.Tokens[256]));
        Assert.Equal("ab", Encoding.UTF8.GetString(first.Model.Tokens[257]));
        Assert.Equal(260, first.VocabularySize);
        Assert.Equal(259, first.Separator);
        Assert.Equal(Make("bpe-280").Encode(Sample[0]), Make("bpe-280").Encode(Sample[0]));
        Assert.True(Make("bpe-280").Encode(Sample[3]).Length < Encoding.UTF8.GetByteCount(Sample[3]));
    }

    [Fact]
    public void Bpe_Encode_MatchesTheNaiveOracle()
    {
        var tokenizer = (BpeTokenizer)Make("bpe-280");
        foreach (var text in Sample)
            Assert.Equal(Naive(tokenizer.Model, text), tokenizer.Encode(text));
    }

    [Fact]
    public void HuggingFace_MergesAsStringsAndLlamaPattern_IsRead()
    {
        using var folder = new CacheFolder();
        Tokenizers.Save(Make("bpe-280"), folder.Root);
        var path = Path.Combine(folder.Root, "tokenizer.json");
        var json = JsonNode.Parse(File.ReadAllText(path))!;
        json["model"]!["merges"] = new JsonArray([.. json["model"]!["merges"]!.AsArray().Select(m => (JsonNode)$"{m![0]} {m[1]}")]);
        json["pre_tokenizer"] = JsonNode.Parse("""
            {"type": "Sequence", "pretokenizers": [
              {"type": "Split", "pattern": {"Regex": "[^\\r\\n\\p{L}\\p{N}]?+\\p{L}+|\\p{N}{1,3}| ?[^\\s\\p{L}\\p{N}]++[\\r\\n]*|\\s+(?!\\S)|\\s+"}, "behavior": "Isolated", "invert": false},
              {"type": "ByteLevel", "add_prefix_space": false, "use_regex": false}]}
            """);

        File.WriteAllText(path, json.ToJsonString());
        var tokenizer = Tokenizers.Create(path);
        Assert.Equal(280, tokenizer.VocabularySize);
        foreach (var text in Sample)
            Assert.Equal(text, tokenizer.Decode(tokenizer.Encode(text)));
        Tokenizers.Save(tokenizer, folder.Root);
        Assert.Equal(tokenizer.Encode(Sample[2]), Tokenizers.Load(folder.Root).Encode(Sample[2]));
    }

    [Theory]
    [InlineData("bpe-12", "expected bpe-N with N from 258")]
    [InlineData("byte", "neither a tokenizer nor an existing file")]
    public void Create_BadName_SaysWhatIsExpected(string name, string part) =>
        Assert.Contains(part, Assert.Throws<InputException>(() => Tokenizers.Create(name, Sample)).Message);

    [Theory]
    [InlineData("{", "not JSON at line 1")]
    [InlineData("""{"model": {"type": "Unigram"}}""", "not a BPE model")]
    [InlineData("""{"model": {"type": "BPE", "vocab": {"a": 0}, "merges": []}, "pre_tokenizer": {"type": "ByteLevel"}}""", "has no token")]
    public void Read_BadFile_IsOneSentence(string content, string part)
    {
        using var folder = new CacheFolder();
        var path = folder.Write("tokenizer.json", content);
        var message = Assert.Throws<InputException>(() => Tokenizers.Create(path)).Message;
        Assert.Contains(part, message);
        Assert.StartsWith(path, message);
    }

    private static int[] Naive(BpeModel model, string text)
    {
        var all = new List<int>();
        foreach (var piece in BpePattern.Gpt2.Matches(text).Select(m => m.Value))
        {
            var ids = Encoding.UTF8.GetBytes(piece).Select(b => (int)b).ToList();
            while (true)
            {
                var best = Enumerable.Range(0, ids.Count - 1).Where(i => model.Merges.ContainsKey((ids[i], ids[i + 1])))
                    .OrderBy(i => model.Merges[(ids[i], ids[i + 1])].Rank).ThenBy(i => i).Cast<int?>().FirstOrDefault();
                if (best is not { } at)
                    break;
                ids[at] = model.Merges[(ids[at], ids[at + 1])].Id;
                ids.RemoveAt(at + 1);
            }
            all.AddRange(ids);
        }
        return [.. all];
    }
}
