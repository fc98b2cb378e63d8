using MoELab.Data.Tokenization;
using MoELab.Data.Tokenization.Bpe;

namespace MoELab.Tests.Data.HuggingFace;

/// <summary>Random tokenizer.json files, each with random texts: the ids are the library's.</summary>
public sealed class LibraryDifferenceTests
{
    /// <summary>Seeds 1 to <paramref name="count"/>; more of them by hand with MOELAB_FUZZ_SEEDS=200.</summary>
    public static TheoryData<int> Seeds(int count) => [.. Enumerable.Range(1, int.TryParse(Environment.GetEnvironmentVariable("MOELAB_FUZZ_SEEDS"), out var more) ? more : count)];

    [Theory, MemberData(nameof(Seeds), 4)]
    public void Any_file_that_is_read_gives_the_librarys_ids(int seed)
    {
        using var folder = new CacheFolder();
        var trained = ((BpeTokenizer)Tokenizers.Create("bpe-600", new RandomText(seed).Many(400, any: false))).Model;
        var files = new RandomTokenizerFile(seed);
        var texts = new RandomText(seed + 100);
        var random = new Random(seed);
        var requests = new List<(string Path, IReadOnlyList<string> Texts)>();
        for (var i = 0; i < 100; i++)
        {
            var (json, added) = files.Next(trained);
            // The separator's text is the one thing that stays text here and not there.
            var inserts = added.Where(a => a is not "<|endoftext|>").DefaultIfEmpty(" ").ToArray();
            var file = folder.Write($"{i}.json", json.ToJsonString());
            if (!CanBeFound(file))
                continue;
            requests.Add((file, [.. texts.Many(25, any: false).Select(t => t.Insert(SafeCut(t, random), inserts[random.Next(inserts.Length)]))]));
        }
        Assert.InRange(requests.Count, 80, 100);
        var answers = RustTokenizers.Encode(requests);
        Assert.InRange(answers.Count(a => a.Error == RustTokenizers.BrokeDown), 0, 10);
        for (var i = 0; i < answers.Length; i++)
        {
            var (path, asked) = requests[i];
            if (answers[i].Error == RustTokenizers.BrokeDown)
                continue;
            Assert.True(answers[i].Error is null, $"{answers[i].Error}\n{File.ReadAllText(path)}");
            var tokenizer = Tokenizers.Create(path);
            for (var t = 0; t < asked.Count; t++)
            {
                var ids = tokenizer.Encode(asked[t]);
                Assert.True(answers[i].Ids[t].SequenceEqual(ids),
                    $"{ExportedTokenizerTests.Shown(asked[t])}\nlibrary {string.Join(' ', answers[i].Ids[t])}\nours    {string.Join(' ', ids)}\n{Short(path)}");
            }
        }
    }

    // The library breaks down where nothing is left of an added token; here such a file is refused.
    private static bool CanBeFound(string path)
    {
        try
        {
            Tokenizers.Create(path);
            return true;
        }
        catch (InputException e) when (e.Message.Contains("is normalized to nothing", StringComparison.Ordinal))
        {
            return false;
        }
    }

    private static int SafeCut(string text, Random random)
    {
        var at = random.Next(text.Length + 1);
        return at > 0 && at < text.Length && char.IsSurrogatePair(text[at - 1], text[at]) ? at - 1 : at;
    }

    private static string Short(string path)
    {
        var json = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(path))!;
        if (json["model"]!["vocab"]!.AsObject().ContainsKey("Ā"))
        {
            json["model"]!.AsObject().Remove("vocab");
            json["model"]!.AsObject().Remove("merges");
        }
        return json.ToJsonString();
    }
}
