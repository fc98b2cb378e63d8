using System.Text.Json;
using MoELab.Data.Tokenization.Bpe;
using MoELab.Data.Tokenization.HuggingFace;
using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization;

/// <summary>Creates tokenizers from the names in a recipe, and stores them in run folders.</summary>
public static class Tokenizers
{
    /// <summary>The spelling of the separator in our own tokenizers.</summary>
    internal const string EndOfText = "<|endoftext|>";

    private const string FileName = "tokenizer.json", ConfigName = "tokenizer_config.json", NameKey = "moelab_tokenizer";
    private const string Bytes = "bytes", O200k = "o200k_base";

    /// <summary>Whether this name needs training text: <c>bpe-N</c>.</summary>
    public static bool NeedsTraining(string name) => name.StartsWith("bpe-", StringComparison.Ordinal);

    /// <summary>Creates a tokenizer by name.</summary>
    /// <param name="name"><c>bytes</c>, <c>bpe-N</c>, <c>o200k_base</c>, or the path of a Hugging Face tokenizer.json (or of its folder).</param>
    /// <param name="trainingText">Documents on which to train a <c>bpe-N</c>; not used by others.</param>
    /// <exception cref="InputException">No such tokenizer, or its file cannot be used.</exception>
    public static ITokenizer Create(string name, IEnumerable<string>? trainingText = null)
    {
        if (name == Bytes)
            return new ByteTokenizer();
        if (name == O200k)
            return new O200kTokenizer();
        if (NeedsTraining(name))
        {
            if (!int.TryParse(name.AsSpan(4), out var size) || size is < 258 or > 1_000_000)
                throw new InputException($"data.tokenizer: '{name}' has no size; expected bpe-N with N from 258 to 1000000");
            return BpeTrainer.Train(name, size, trainingText
                ?? throw new InputException($"data.tokenizer: '{name}' must be trained on a corpus, but none was given"));
        }
        if (Directory.Exists(name) && SavedName(name) is Bytes or O200k)
            return Load(name);
        var path = Directory.Exists(name) ? Path.Combine(name, FileName) : name;
        if (!File.Exists(path))
            throw new InputException($"data.tokenizer: '{name}' is neither a tokenizer nor an existing file; "
                + "expected bytes, bpe-N, o200k_base or the path of a tokenizer.json");
        return HuggingFaceTokenizer.Read(path, name);
    }

    /// <summary>
    /// Stores a tokenizer in a folder for <see cref="Load"/>: as <see cref="Export"/> does, but <c>o200k_base</c> only by its name.
    /// </summary>
    public static void Save(ITokenizer tokenizer, string directory) => Write(tokenizer, directory, tokenizer is not O200kTokenizer);

    /// <summary>
    /// Writes <c>tokenizer.json</c> and <c>tokenizer_config.json</c>, which Hugging Face's <c>AutoTokenizer</c> opens and which give
    /// the same ids there.
    /// </summary>
    public static void Export(ITokenizer tokenizer, string directory) => Write(tokenizer, directory, true);

    /// <summary>Loads a tokenizer written by <see cref="Save"/> or <see cref="Export"/>.</summary>
    /// <exception cref="InputException">The folder contains no tokenizer.</exception>
    public static ITokenizer Load(string directory)
    {
        var path = Path.Combine(directory, FileName);
        var name = SavedName(directory);
        if (name is Bytes or O200k)
            return Create(name);
        if (!File.Exists(path))
            throw new InputException($"{path}: no such file; expected a saved tokenizer");
        return HuggingFaceTokenizer.Read(path, name ?? path);
    }

    private static void Write(ITokenizer tokenizer, string directory, bool whole)
    {
        Directory.CreateDirectory(directory);
        if (whole)
        {
            using var stream = File.Create(Path.Combine(directory, FileName));
            TokenizerWriter.Write(stream, tokenizer);
        }
        var separator = tokenizer is ITokenSpelling spelling ? spelling.Spell(tokenizer.Separator) : EndOfText;
        File.WriteAllText(Path.Combine(directory, ConfigName), new JsonObject
        {
            ["tokenizer_class"] = "PreTrainedTokenizerFast",
            ["bos_token"] = separator,
            ["eos_token"] = separator,
            ["clean_up_tokenization_spaces"] = false,
            [NameKey] = tokenizer.Name,
        }.ToJsonString(new JsonSerializerOptions { WriteIndented = true }));
    }

    // In a separate file, because readers of tokenizer.json reject unknown keys; earlier versions wrote it there.
    private static string? SavedName(string directory)
    {
        foreach (var (file, keys) in new (string, string[])[] { (ConfigName, [NameKey]), (FileName, ["moelab", "name"]) })
        {
            var path = Path.Combine(directory, file);
            if (!File.Exists(path))
                continue;
            var value = TokenizerFile.Open(path).Root;
            foreach (var key in keys)
                value = value.IsObject ? value[key] : value with { Value = default };
            if (!value.IsNull)
                return TokenizerFile.Reading(path, value.Text);
        }
        return null;
    }
}
