using System.CommandLine;
using System.Text.Json.Nodes;
using MoELab.Data;
using MoELab.Recipes;
using Spectre.Console;

namespace MoELab.Cli.Commands;

/// <summary><c>data list|prepare|show</c>: what runs read, and where it came from.</summary>
internal static class DataCommand
{
    public static Command Create(CliContext context) => new("data", "prepare corpora and show their provenance")
    {
        List(context),
        Prepare(context, "prepare", "prepare a recipe's corpus and tokenizer, unless the cache holds them"),
        Prepare(context, "show", "domains with source, licence, size and hash, and what simple models reach on the held-out text"),
    };

    private static Command List(CliContext context)
    {
        var json = CliOptions.Json();
        var command = new Command("list", "prepared corpora in the cache") { json };
        command.SetAction(parsed =>
        {
            var table = new Table().Border(TableBorder.Simple).AddColumns("tokenizer", "domains", "tokens", "folder");
            var documents = new JsonArray();
            foreach (var corpus in PreparedCorpus.Cached())
            {
                using (corpus)
                {
                    documents.Add((JsonNode)ToJson(corpus));
                    table.AddRow(corpus.Tokenizer.Name.EscapeMarkup(), string.Join(" ", corpus.Domains.Select(d => d.Name)).EscapeMarkup(), $"{corpus.Domains.Sum(d => d.Tokens):N0}", corpus.Directory.EscapeMarkup());
                }
            }
            if (parsed.GetValue(json))
                context.WriteJson(documents);
            else if (documents.Count == 0)
                context.Output.WriteLine($"nothing prepared in {PreparedCorpus.CacheFolder}");
            else
                context.Console.Write(table);
        });
        return command;
    }

    private static Command Prepare(CliContext context, string name, string help)
    {
        var recipe = new Argument<string>("RECIPE") { Description = "a preset's name or a YAML file", DefaultValueFactory = _ => "lab-tiny" };
        var (set, json) = (CliOptions.Set(), CliOptions.Json());
        var command = new Command(name, help) { recipe, set, json };
        command.SetAction(parsed =>
        {
            var chosen = RecipeTree.WithAll(Recipe.Load(parsed.GetValue(recipe)!), parsed.GetValue(set)!);
            using var corpus = PreparedCorpus.Prepare(chosen.Data, context.Catalog, new Remarks(context.Error));
            if (parsed.GetValue(json))
                context.WriteJson(ToJson(corpus));
            else if (name == "prepare")
                context.Output.WriteLine($"{corpus.Domains.Sum(d => d.Tokens):N0} tokens in {corpus.Domains.Count} domains: {corpus.Directory}");
            else
                Write(context, corpus);
        });
        return command;
    }

    private static void Write(CliContext context, PreparedCorpus corpus)
    {
        var table = new Table().Border(TableBorder.Simple).AddColumns("domain", "source", "licence", "bytes", "documents", "tokens", "hash", "bigram", "xz");
        foreach (var (domain, floor) in corpus.Domains.Zip(corpus.Floors))
            table.AddRow(domain.Name.EscapeMarkup(), domain.Source.EscapeMarkup(), domain.Licence.EscapeMarkup(), $"{domain.Bytes:N0}", $"{domain.Documents:N0}", $"{domain.Tokens:N0}", domain.Hash,
                $"{floor.BigramBitsPerByte:F3}", floor.XzBitsPerByte is { } xz ? $"{xz:F3}" : "-");
        context.Console.Write(table);
        context.Output.WriteLine($"tokenizer {corpus.Tokenizer.Name}, {corpus.Tokenizer.VocabularySize} tokens; bigram and xz: bits per byte of the held-out text");
        context.Output.WriteLine(corpus.Directory);
    }

    private static JsonObject ToJson(PreparedCorpus corpus) => new()
    {
        ["folder"] = corpus.Directory,
        ["tokenizer"] = corpus.Tokenizer.Name,
        ["vocabulary"] = corpus.Tokenizer.VocabularySize,
        ["bigram_bits_per_byte"] = corpus.BigramBitsPerByte,
        ["xz_bits_per_byte"] = corpus.XzBitsPerByte,
        ["domains"] = new JsonArray([.. corpus.Domains.Zip(corpus.Floors).Select(x => (JsonNode)new JsonObject
        {
            ["name"] = x.First.Name,
            ["source"] = x.First.Source,
            ["licence"] = x.First.Licence,
            ["bytes"] = x.First.Bytes,
            ["documents"] = x.First.Documents,
            ["tokens"] = x.First.Tokens,
            ["hash"] = x.First.Hash,
            ["held_out_bytes"] = x.First.HeldOutBytes,
            ["bigram_bits_per_byte"] = x.Second.BigramBitsPerByte,
            ["xz_bits_per_byte"] = x.Second.XzBitsPerByte,
        })]),
    };

    // Progress<T> would post to a thread pool and lose the order.
    private sealed class Remarks(TextWriter error) : IProgress<string>
    {
        public void Report(string value) => error.WriteLine(value);
    }
}
