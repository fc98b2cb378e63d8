using MoELab.Data.Tokenization;
using MoELab.Data.Tokenization.Bpe;

namespace MoELab.Tests.Data.HuggingFace;

/// <summary>2,000 damaged files: each is read and used, or refused in a sentence.</summary>
public sealed class DamagedTokenizerTests
{
    [Theory, MemberData(nameof(LibraryDifferenceTests.Seeds), 2, MemberType = typeof(LibraryDifferenceTests))]
    public void A_damaged_file_works_or_is_one_sentence(int seed)
    {
        using var folder = new CacheFolder();
        var trained = ((BpeTokenizer)Tokenizers.Create("bpe-300", new RandomText(seed).Many(100, any: false))).Model;
        var files = new RandomTokenizerFile(seed);
        var random = new Random(seed);
        var read = 0;
        for (var i = 0; i < 1000; i++)
        {
            var path = Path.Combine(folder.Root, "tokenizer.json");
            var json = files.Next(trained).Json;
            if (i % 2 == 0)
                File.WriteAllBytes(path, Bytes(Encoding.UTF8.GetBytes(json.ToJsonString()), random));
            else
                File.WriteAllText(path, Values(json, random).ToJsonString());
            try
            {
                var tokenizer = Tokenizers.Create(path);
                var ids = tokenizer.Encode("The 12 experts, the  ROUTER\n<tool>日本 e\u0301");
                Assert.All(ids, id => Assert.InRange(id, 0, tokenizer.VocabularySize - 1));
                _ = tokenizer.Decode(ids);
                Tokenizers.Export(tokenizer, Path.Combine(folder.Root, "out"));
                Assert.Equal(ids, Tokenizers.Create(Path.Combine(folder.Root, "out", "tokenizer.json")).Encode("The 12 experts, the  ROUTER\n<tool>日本 e\u0301"));
                read++;
            }
            catch (InputException e)
            {
                Assert.True(e.Message.StartsWith(path, StringComparison.Ordinal), e.Message);
            }
        }
        Assert.InRange(read, 30, 970);
    }

    private static byte[] Bytes(byte[] bytes, Random random)
    {
        var list = bytes.ToList();
        for (var n = random.Next(1, 3); n > 0 && list.Count > 4; n--)
        {
            var at = random.Next(list.Count);
            switch (random.Next(5))
            {
                case 0:
                    list[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    list.RemoveRange(at, Math.Min(random.Next(1, 40), list.Count - at));
                    break;
                case 2:
                    list.InsertRange(at, list.GetRange(at, Math.Min(random.Next(1, 40), list.Count - at)));
                    break;
                case 3:
                    list[at] = (byte)"\"{}[],:0-9\\"[random.Next(11)];
                    break;
                default:
                    list.RemoveRange(at, list.Count - at);
                    break;
            }
        }
        return [.. list];
    }

    private static JsonObject Values(JsonObject json, Random random)
    {
        for (var n = random.Next(1, 3); n > 0; n--)
        {
            var nodes = new List<JsonNode>();
            Collect(json, nodes);
            var node = nodes[random.Next(nodes.Count)];
            JsonNode? value = random.Next(9) switch
            {
                0 => null,
                1 => -1,
                2 => 1_000_000_000_000,
                3 => "",
                4 => new JsonArray(),
                5 => new JsonObject(),
                6 => random.Next(300),
                7 => true,
                _ => nodes[random.Next(nodes.Count)].DeepClone(),
            };
            if (node is JsonObject o && o.Count > 0)
                o[o.ElementAt(random.Next(o.Count)).Key] = value;
            else if (node is JsonArray a && a.Count > 0)
                a[random.Next(a.Count)] = value;
        }
        return json;
    }

    private static void Collect(JsonNode node, List<JsonNode> into)
    {
        into.Add(node);
        foreach (var child in node is JsonObject o ? o.Select(p => p.Value) : node is JsonArray a ? a.Take(5) : [])
        {
            if (child is JsonObject or JsonArray)
                Collect(child, into);
        }
    }
}
