using System.Text;
using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>From sources to token files: read, clean, split, train the tokenizer, encode, measure the floors.</summary>
internal static class CorpusPreparation
{
    /// <exception cref="RecipeException">A domain has no document left, or the tokenizer cannot be used.</exception>
    public static void Write(string directory, DataRecipe recipe, IReadOnlyList<CorpusSource> sources, IProgress<string>? progress)
    {
        var domains = Read(sources, recipe.MaxBytesPerDomain, progress);
        if (Tokenizers.NeedsTraining(recipe.Tokenizer))
            progress?.Report($"Training the tokenizer {recipe.Tokenizer}.");
        var tokenizer = Tokenizers.Create(recipe.Tokenizer, Interleave(domains));
        Tokenizers.Save(tokenizer, directory);
        var wide = tokenizer.VocabularySize > 1 << 16;
        var infos = new List<DomainInfo>();
        var floors = new List<CorpusFloor>();
        for (var d = 0; d < domains.Length; d++)
        {
            var name = domains[d].Source.Name;
            progress?.Report($"Encoding {name}: {domains[d].Bytes:N0} bytes.");
            var (training, trainingText) = Encode(tokenizer, domains[d].Training, recipe.MinDocumentTokens);
            var (heldOut, heldOutText) = Encode(tokenizer, domains[d].HeldOut, recipe.MinDocumentTokens);
            if (training.Length == 0 || heldOut.Length == 0)
                throw new RecipeException($"{name}: too little text in '{domains[d].Source.Source}' for training and held-out documents of at least {recipe.MinDocumentTokens} tokens (data.min_document_tokens)");
            TokenFile.Write(Path.Combine(directory, $"{d}.training"), training, tokenizer.Separator, wide);
            TokenFile.Write(Path.Combine(directory, $"{d}.held-out"), heldOut, tokenizer.Separator, wide);
            var floor = Floors.Measure(name, trainingText, heldOutText);
            floors.Add(floor);
            infos.Add(new DomainInfo(name, domains[d].Source.Source, domains[d].Source.Licence,
                trainingText.Sum(t => (long)Encoding.UTF8.GetByteCount(t)) + floor.HeldOutBytes, training.Length + heldOut.Length,
                training.Concat(heldOut).Sum(t => (long)t.Length), domains[d].Hash, floor.HeldOutBytes));
        }
        CorpusCache.Describe(directory, recipe.Tokenizer, infos, floors, wide);
    }

    private static DomainDocuments[] Read(IReadOnlyList<CorpusSource> sources, long maxBytes, IProgress<string>? progress)
    {
        var reading = sources.Select(source => Task.Run(() =>
        {
            progress?.Report($"Reading {source.Name} from {source.Source}.");
            return DomainDocuments.Read(source, maxBytes);
        })).ToArray();
        // One after another, so that the first source's own sentence is the one that is thrown.
        return [.. reading.Select(task => task.GetAwaiter().GetResult())];
    }

    private static (int[][] Tokens, string[] Texts) Encode(ITokenizer tokenizer, IReadOnlyList<string> documents, int least)
    {
        var tokens = new int[documents.Count][];
        System.Threading.Tasks.Parallel.For(0, documents.Count, i => tokens[i] = tokenizer.Encode(documents[i]));
        var kept = Enumerable.Range(0, documents.Count).Where(i => tokens[i].Length >= least).ToArray();
        return ([.. kept.Select(i => tokens[i])], [.. kept.Select(i => documents[i])]);
    }

    // One document of each domain in turn, so that a tokenizer that stops early has seen all domains.
    private static IEnumerable<string> Interleave(DomainDocuments[] domains)
    {
        for (var i = 0; i < domains.Max(d => d.Training.Count); i++)
        {
            foreach (var domain in domains.Where(d => i < d.Training.Count))
                yield return domain.Training[i];
        }
    }
}
