using MoELab.Data.Tokenization.Bpe;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>
/// Reads Hugging Face's tokenizer.json with a BPE model: each part behaves as in the tokenizers library, or is rejected with one
/// sentence. docs/data.md lists both.
/// </summary>
internal static class HuggingFaceTokenizer
{
    private static readonly string[] SeparatorNames = [Tokenizers.EndOfText, "<|end_of_text|>", "<|begin_of_text|>", "</s>", "<s>", "<eos>"];

    /// <exception cref="InputException">The file cannot be read, or uses something that is not supported.</exception>
    public static BpeTokenizer Read(string path, string name)
    {
        var (root, source) = TokenizerFile.Open(path);
        return TokenizerFile.Reading(path, () => Build(root, source, name));
    }

    private static BpeTokenizer Build(JsonPart root, byte[] source, string name)
    {
        root.Only("version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer", "post_processor", "decoder", "model", "moelab");
        if (!root["version"].IsNull && root["version"].Text() != "1.0")
            throw root["version"].Error($"is {root["version"].Text()}; expected 1.0");
        var vocabulary = BpeModelReader.ReadVocabulary(root["model"]);
        var added = AddedTokenReader.Read(root["added_tokens"], vocabulary, ours: !root["moelab"].IsNull);
        var separator = Separator(root, vocabulary, added);
        if (added.All(a => a.Id != separator.Id))
            added.Add(new AddedToken(separator.Id, separator.Content, false, false, false, false, true));
        var normalizer = NormalizerReader.Read(root["normalizer"]);
        var steps = PreTokenizerReader.Read(root["pre_tokenizer"]) with
        {
            Literal = new AddedTokenFinder(added.Where(a => !a.Normalized).Select(a => (a.Content, a)), separator.Id),
            Normalizer = normalizer,
            Normalized = new AddedTokenFinder(added.Where(a => a.Normalized).Select(a => (Content(a), a)), separator.Id),
        };
        var decoder = DecoderReader.Read(root["decoder"], steps.SpellsAnyBytes);
        var model = BpeModelReader.Read(root["model"], vocabulary, added, separator.Id, decoder, steps.SpellsAnyBytes);
        return new BpeTokenizer(name, model, steps) { Source = source, LeadingSpaces = decoder.LeadingSpaces };

        string Content(AddedToken token) => (normalizer?.Invoke(token.Content) ?? token.Content) is { Length: > 0 } content
            ? content : throw root["added_tokens"].Error($"'{token.Content}' is normalized to nothing; expected text that can be found");
    }

    // The token that the file itself puts around a text, otherwise one whose name marks the end of a text, otherwise a new token at the end.
    private static (int Id, string Content) Separator(JsonPart root, Dictionary<string, int> vocabulary, List<AddedToken> added)
    {
        if (PostProcessorReader.Read(root["post_processor"]) is { } around)
        {
            var id = added.Find(a => a.Content == around)?.Id ?? (vocabulary.TryGetValue(around, out var known) ? known : -1);
            return id >= 0 ? (id, around) : throw root["post_processor"].Error($"puts '{around}' around a text, but the file has no such token");
        }
        if (SeparatorNames.Select(name => added.Find(a => a.Content == name)).FirstOrDefault(t => t is not null) is { } token)
            return (token.Id, token.Content);
        return SeparatorNames.FirstOrDefault(vocabulary.ContainsKey) is { } inVocabulary ? (vocabulary[inVocabulary], inVocabulary)
            : (vocabulary.Values.Concat(added.Select(a => a.Id)).Max() + 1, Tokenizers.EndOfText);
    }
}
