using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using MoELab.Data;
using MoELab.Recipes;

namespace MoELab.Cli.Commands;

/// <summary><c>data tokenize</c>: a text's token ids, or the text of token ids.</summary>
internal static class TokenizeCommand
{
    private static readonly char[] Between = [' ', ',', '\n', '\r', '\t', '[', ']'];

    public static Command Create(CliContext context)
    {
        var text = new Argument<string?>("TEXT") { Description = "the text, or with --decode token ids", Arity = ArgumentArity.ZeroOrOne };
        var tokenizer = new Option<string>("--tokenizer")
        {
            Description = "bytes, bpe-N, o200k_base, or the path of a tokenizer.json, its folder or a run",
            Required = true,
            HelpName = "PATH|NAME",
        };
        var file = new Option<string?>("--file") { Description = "reads the text or the ids from a file", HelpName = "F" };
        var decode = new Option<bool>("--decode") { Description = "the other way: ids in, text out" };
        var json = CliOptions.Json();
        var command = new Command("tokenize", "ids and tokens of a text, or with --decode the text of ids") { text, tokenizer, file, decode, json };
        command.SetAction(parsed =>
        {
            var input = (parsed.GetValue(text), parsed.GetValue(file)) switch
            {
                ({ } given, null) => given,
                (null, { } path) => Utf8Text.Read(path),
                (null, null) => throw new RecipeException("there is no text; expected TEXT or --file F"),
                _ => throw new RecipeException("TEXT and --file are both given; expected one of them"),
            };
            var chosen = Find(context, parsed.GetValue(tokenizer)!);
            if (parsed.GetValue(decode))
                Decode(context, chosen, input, parsed.GetValue(json));
            else
                Encode(context, chosen, input, parsed.GetValue(json));
        });
        return command;
    }

    private static ITokenizer Find(CliContext context, string name)
    {
        // Trained on what 'train' would train it on.
        if (Tokenizers.NeedsTraining(name))
        {
            using var corpus = PreparedCorpus.Prepare(CliOptions.Load(context, DataCommand.Preset, [$"data.tokenizer={name}"]).Data,
                context.Catalog, new Remarks(context.Error));
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
        {
            context.WriteJson(new JsonObject
            {
                ["ids"] = new JsonArray([.. ids.Select(id => (JsonNode)id)]),
                ["tokens"] = new JsonArray([.. tokens.Select(token => (JsonNode)token)]),
            });
            return;
        }
        foreach (var (id, token) in ids.Zip(tokens))
            context.Output.WriteLine($"{id}\t{token}");
    }

    private static void Decode(CliContext context, ITokenizer tokenizer, string list, bool json)
    {
        var ids = list.Split(Between, StringSplitOptions.RemoveEmptyEntries)
            .Select(word => int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id) && id < tokenizer.VocabularySize
            ? id : throw new RecipeException($"'{word}' is no token id of '{tokenizer.Name}'; expected whole numbers from 0 to {tokenizer.VocabularySize - 1}")).ToArray();
        var text = tokenizer.Decode(ids);
        if (json)
            context.WriteJson(new JsonObject { ["text"] = text });
        else
            context.Output.WriteLine(text);
    }
}
