using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>Makes tokenizers from the names that a recipe uses, and keeps them in run folders.</summary>
public static class Tokenizers
{
    private const string FileName = "tokenizer.json";

    /// <summary>Whether this name needs training text: <c>bpe-N</c>.</summary>
    public static bool NeedsTraining(string name) => name.StartsWith("bpe-", StringComparison.Ordinal);

    /// <summary>A tokenizer by name.</summary>
    /// <param name="name"><c>bytes</c>, <c>bpe-N</c>, <c>o200k_base</c>, or the path of a Hugging Face tokenizer.json (or of its folder).</param>
    /// <param name="trainingText">Documents to train a <c>bpe-N</c> on; others do not read them.</param>
    /// <exception cref="RecipeException">No such tokenizer, or its file cannot be used.</exception>
    public static ITokenizer Create(string name, IEnumerable<string>? trainingText = null)
    {
        switch (name)
        {
            case "bytes":
                return new ByteTokenizer();
            case "o200k_base":
                return new O200kTokenizer();
        }
        if (NeedsTraining(name))
        {
            if (!int.TryParse(name.AsSpan(4), out var size) || size is < 258 or > 1_000_000)
                throw new RecipeException($"data.tokenizer: '{name}' has no size; expected bpe-N with N from 258 to 1000000");
            return BpeTrainer.Train(name, size, trainingText ?? throw new RecipeException($"data.tokenizer: '{name}' is trained on a corpus; expected one"));
        }
        var path = Directory.Exists(name) ? Path.Combine(name, FileName) : name;
        if (!File.Exists(path))
            throw new RecipeException($"data.tokenizer: '{name}' is neither a tokenizer nor a file; expected bytes, bpe-N, o200k_base or the path of a tokenizer.json");
        return HuggingFaceTokenizer.Read(path, name);
    }

    /// <summary>Writes a tokenizer into a folder, as a Hugging Face tokenizer.json where that format can say it.</summary>
    public static void Save(ITokenizer tokenizer, string directory)
    {
        Directory.CreateDirectory(directory);
        var json = tokenizer switch
        {
            BpeTokenizer bpe => HuggingFaceTokenizer.Write(bpe),
            ByteTokenizer => HuggingFaceTokenizer.Write(new BpeTokenizer("bytes", BpeModel.BytesOnly(), BpePattern.Gpt2)),
            _ => [],
        };
        json["moelab"] = new JsonObject { ["name"] = tokenizer.Name };
        File.WriteAllText(Path.Combine(directory, FileName), json.ToJsonString());
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="RecipeException">The folder holds no tokenizer.</exception>
    public static ITokenizer Load(string directory)
    {
        var path = Path.Combine(directory, FileName);
        if (!File.Exists(path))
            throw new RecipeException($"{path}: no such file; expected a saved tokenizer");
        try
        {
            var name = JsonNode.Parse(File.ReadAllText(path, Encoding.UTF8))?["moelab"]?["name"]?.GetValue<string>();
            return name is "bytes" or "o200k_base" ? Create(name) : HuggingFaceTokenizer.Read(path, name ?? path);
        }
        catch (JsonException e)
        {
            throw new RecipeException($"{path}: no JSON; expected a saved tokenizer", e);
        }
    }
}
