using MoELab.Data.Preparation;

namespace MoELab.Cli.Commands;

/// <summary><c>data list|prepare|show|tokenize</c>: the origin of the text, and prepared corpora.</summary>
internal static class DataCommand
{
    internal const string Preset = "lab-tiny";

    public static Command Create(CliContext context) => new("data", "show domains, prepare corpora, tokenise text")
    {
        List(context),
        OfRecipe(context, "prepare", "read, clean, split and tokenise a recipe's text without training", CliOptions.Recipe()),
        OfRecipe(context, "show", "show where a recipe's text comes from, its size, and what simple models reach on it; "
            + "prepares it if the cache does not have it",
            CliOptions.ArgumentWithDefault("RECIPE", $"a preset's name or a YAML file (default: {Preset})", Preset)),
        TokenizeCommand.Create(context),
    };

    private static Command List(CliContext context)
    {
        var json = CliOptions.Json();
        return new Command("list", "list the domains of the default corpus and the prepared corpora in the cache") { json }.WithAction(parsed =>
        {
            var domains = PreparedCorpus.Sources(new DataRecipe(), context.Catalog);
            var prepared = CorpusCache.List(sentence =>
                context.Error.WriteLine($"warning: {sentence}; it will be prepared again when a recipe needs it"));
            if (parsed.GetValue(json))
            {
                context.WriteJson(new JsonObject
                {
                    ["cache"] = PreparedCorpus.CacheDirectory,
                    ["domains"] = new JsonArray([.. domains.Select(d => (JsonNode)OptionsBinder.ToData(d))]),
                    ["prepared"] = new JsonArray([.. prepared.Select(p => (JsonNode)new JsonObject
                    {
                        ["directory"] = p.Directory,
                        ["tokenizer"] = p.Tokenizer,
                        ["domains"] = new JsonArray([.. p.Domains.Select(d => (JsonNode)d.Name)]),
                        ["bytes"] = p.Domains.Sum(d => d.Bytes),
                        ["tokens"] = p.Domains.Sum(d => d.Tokens),
                        ["disk_bytes"] = p.Bytes,
                        ["current"] = p.Current,
                    })]),
                });
                return;
            }
            context.WriteTable(["domain", "source", "licence"], domains.Select(d => (string[])[d.Name, d.Source, d.Licence]));
            context.Output.WriteLine($"prepared in {PreparedCorpus.CacheDirectory}: {(prepared.Count == 0 ? "nothing yet" : "")}");
            if (prepared.Count == 0)
                return;
            context.WriteTable(["corpus", "tokenizer", "domains", "text bytes", "tokens", "on disk", ""], prepared.Select(p => (string[])[
                Path.GetFileName(p.Directory), p.Tokenizer, string.Join(" ", p.Domains.Select(d => d.Name)), Whole(p.Domains.Sum(d => d.Bytes)),
                Whole(p.Domains.Sum(d => d.Tokens)), Whole(p.Bytes), p.Current ? "" : "older format, no longer used"]));
        });
    }

    private static Command OfRecipe(CliContext context, string name, string description, Argument<string> recipe)
    {
        var (set, json) = (CliOptions.Set(), CliOptions.Json());
        return new Command(name, description) { recipe, set, json }.WithAction(parsed =>
        {
            var chosen = CliOptions.Load(context, parsed.GetValue(recipe)!, parsed.GetValue(set)!);
            using var corpus = PreparedCorpus.Prepare(chosen.Data, context.Catalog, context.Progress);
            if (parsed.GetValue(json))
                context.WriteJson(ToJson(chosen, corpus));
            else
                Print(context, chosen, corpus);
        });
    }

    private static JsonObject ToJson(Recipe recipe, PreparedCorpus corpus)
    {
        var total = corpus.TotalFloors(recipe.Training);
        return new JsonObject
        {
            ["recipe"] = recipe.Name,
            ["directory"] = corpus.Directory,
            ["tokenizer"] = recipe.Data.Tokenizer,
            ["vocabulary"] = corpus.Tokenizer.VocabularySize,
            ["domains"] = new JsonArray([.. corpus.Domains.Zip(corpus.Floors, (domain, floor) =>
            {
                var data = OptionsBinder.ToData(domain);
                data["bigram_bits_per_byte"] = floor.BigramBitsPerByte;
                data["xz_bits_per_byte"] = floor.XzBitsPerByte;
                return (JsonNode)data;
            })]),
            ["bigram_bits_per_byte"] = total.Bigram,
            ["xz_bits_per_byte"] = total.Xz,
        };
    }

    private static void Print(CliContext context, Recipe recipe, PreparedCorpus corpus)
    {
        context.WriteTable(
            ["domain", "source", "licence", "bytes", "documents", "tokens", "hash", "held-out bytes", "overlap", "copies", "bigram", "xz"],
            corpus.Domains.Zip(corpus.Floors, (d, floor) => (string[])[
                d.Name, d.Source, d.Licence, Whole(d.Bytes), Whole(d.Documents), Whole(d.Tokens), d.Hash, Whole(d.HeldOutBytes),
                d.HeldOutOverlap.ToString("0.00 %", CultureInfo.InvariantCulture), Whole(d.Duplicates),
                RunFormat.Text(floor.BigramBitsPerByte), RunFormat.Text(floor.XzBitsPerByte)]));
        foreach (var d in corpus.Domains.Where(d => d.Notes.Length > 0))
            context.Output.WriteLine($"{d.Name}: {d.Notes}");
        context.Output.WriteLine("overlap: share of the held-out windows of 25 words that also occur in training text of any domain; "
            + "copies: documents left out as exact or near duplicates");
        var total = corpus.TotalFloors(recipe.Training);
        context.Output.WriteLine($"{recipe.Name}: tokenizer {recipe.Data.Tokenizer}, {Whole(corpus.Tokenizer.VocabularySize)} tokens; "
            + $"held-out text needs {RunFormat.Text(total.Bigram)} bits per byte with a byte bigram, {RunFormat.Text(total.Xz)} with xz -9e");
        context.Output.WriteLine(corpus.Directory);
    }

    private static string Whole(long n) => n.ToString("#,0", CultureInfo.InvariantCulture);
}
