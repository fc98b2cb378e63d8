using System.Diagnostics;
using System.Text.Json;

namespace MoELab.Tests.Data.HuggingFace;

/// <summary>Hugging Face's own library, in Rust, as an npm package carries it; what it cannot be had for is skipped.</summary>
internal static class RustTokenizers
{
    /// <summary>Its ids, spellings and decoded texts, without special tokens around a text; or what it complains of.</summary>
    public sealed record Answer(int[][] Ids, string[][] Tokens, string[] Decoded, string? Error);

    /// <summary>The complaint where the library ends the process, as it does over some files that ask for nothing wrong.</summary>
    public const string BrokeDown = "the library broke down";

    public static Answer Encode(string path, IReadOnlyList<string> texts) => Encode([(path, texts)])[0];

    public static Answer[] Encode(IReadOnlyList<(string Path, IReadOnlyList<string> Texts)> requests)
    {
        if (!(Environment.GetEnvironmentVariable("NODE_PATH") ?? "").Split(Path.PathSeparator).Any(folder => Directory.Exists(Path.Combine(folder, "@anush008", "tokenizers"))))
            Assert.Skip("no @anush008/tokenizers on NODE_PATH; eng/huggingface-tokenizers.sh installs it and prints the folder");
        var answers = new List<Answer>();
        while (answers.Count < requests.Count)
        {
            answers.AddRange(Ask([.. requests.Skip(answers.Count)]));
            if (answers.Count < requests.Count)
                answers.Add(new Answer([], [], [], BrokeDown));
        }
        return [.. answers];
    }

    // As many answers as there are before the process dies.
    private static Answer[] Ask((string Path, IReadOnlyList<string> Texts)[] requests)
    {
        var start = new ProcessStartInfo("node", [Repository.PathOf("tests/MoELab.Tests/Data/HuggingFace/ids.js")])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = new UTF8Encoding(false),
            StandardOutputEncoding = new UTF8Encoding(false),
        };
        using var process = Process.Start(start)!;
        var reading = process.StandardOutput.ReadToEndAsync();
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        try
        {
            foreach (var (path, texts) in requests)
                process.StandardInput.WriteLine(new JsonObject { ["path"] = path, ["texts"] = new JsonArray([.. texts.Select(t => (JsonNode)WellFormed(t))]) }.ToJsonString());
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It died over a file before it had read all.
        }
        var answers = reading.GetAwaiter().GetResult().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse).ToArray();
        process.WaitForExit();
        return answers;
    }

    // A surrogate without its partner is no UTF-8: .NET and Node.js write U+FFFD.
    private static string WellFormed(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static Answer Parse(string line)
    {
        var json = JsonNode.Parse(line)!;
        return json["error"] is { } error ? new Answer([], [], [], error.GetValue<string>())
            : new Answer(json["ids"].Deserialize<int[][]>()!, json["tokens"].Deserialize<string[][]>()!, json["decoded"].Deserialize<string[]>()!, null);
    }
}
