using MoELab.Data;
using MoELab.Data.Preparation;
using MoELab.Data.Sources;
using MoELab.Data.Tokenization;
using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Cli.Commands;

/// <summary><c>data tokenize</c>: the token ids of a text, or the text of token ids.</summary>
internal static class TokenizeCommand
{
    private static readonly char[] Between = [' ', ',', '\n', '\r', '\t', '[', ']'];

    public static Command Create(CliContext context)
    {
        var text = CliOptions.Argument<string?>("TEXT", "the text, or the token ids with --decode", ArgumentArity.ZeroOrOne);
        var tokenizer = CliOptions.Of<string>("--tokenizer",
            "bytes, bpe-N, o200k_base, or the path of a tokenizer.json, its folder or a run", "PATH|NAME", required: true);
        var file = CliOptions.Of<string?>("--file", "read the text or the ids from a file", "F");
        var decode = CliOptions.Of<bool>("--decode", "convert ids to text");
        var json = CliOptions.Json();
        return new Command("tokenize", "show ids and tokens of a text, or the text of ids with --decode")
        {
            text, tokenizer, file, decode, json,
        }.WithAction(parsed =>
        {
            var input = (parsed.GetValue(text), parsed.GetValue(file)) switch
            {
                ({ } given, null) => given,
                (null, { } path) => Utf8Text.Read(path),
                (null, null) => throw new InputException("no text was given; expected TEXT or --file F"),
                _ => throw new InputException("TEXT and --file were both given; expected one of them"),
            };
            var chosen = Find(context, parsed.GetValue(tokenizer)!);
            if (parsed.GetValue(decode))
                Decode(context, chosen, input, parsed.GetValue(json));
            else
                Encode(context, chosen, input, parsed.GetValue(json));
        });
    }

    private static ITokenizer Find(CliContext context, string name)
    {
        // Trained on the same text that 'train' would use.
        if (Tokenizers.NeedsTraining(name))
        {
            var recipe = CliOptions.Load(context, DataCommand.Preset, [$"data.tokenizer={name}"]);
            using var corpus = PreparedCorpus.Prepare(recipe.Data, context.Catalog, context.Progress);
            return corpus.Tokenizer;
        }
        var ofRun = Path.Combine(name, "tokenizer");
        return Directory.Exists(ofRun) ? Tokenizers.Load(ofRun) : Tokenizers.Create(name);
    }

    private static void Encode(CliContext context, ITokenizer tokenizer, string text, bool json)
    {
        var ids = tokenizer.Encode(text);
        var tokens = ids.Select(((ITokenSpelling)tokenizer).Spell).ToArray();
        if (json)
            context.WriteJson(new JsonObject
            {
                ["ids"] = new JsonArray([.. ids.Select(id => (JsonNode)id)]),
                ["tokens"] = new JsonArray([.. tokens.Select(token => (JsonNode)token)]),
            });
        else
            foreach (var (id, token) in ids.Zip(tokens))
                context.Output.WriteLine($"{id}\t{token}");
    }

    private static void Decode(CliContext context, ITokenizer tokenizer, string list, bool json)
    {
        int Id(string text) =>
            int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < tokenizer.VocabularySize ? id
            : throw new InputException($"invalid token id '{text}' for '{tokenizer.Name}'; "
                + $"expected whole numbers from 0 to {tokenizer.VocabularySize - 1}");
        var text = tokenizer.Decode([.. list.Split(Between, StringSplitOptions.RemoveEmptyEntries).Select(Id)]);
        context.Write(json, new JsonObject { ["text"] = text }, text);
    }
}
