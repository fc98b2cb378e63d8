using MoELab.Data.Sources;
using MoELab.Data.Tokenization;

namespace MoELab.Data.Preparation;

/// <summary>Turns sources into token files: read, remove copies, split, train the tokenizer, encode, measure the baselines.</summary>
internal static class CorpusPreparation
{
    private const double MaxOverlap = 0.005;

    /// <exception cref="InputException">A domain has no document left, or the tokenizer cannot be used.</exception>
    public static void Write(string directory, DataRecipe recipe, IReadOnlyList<CorpusSource> sources, IProgress<string>? progress)
    {
        var domains = Read(sources, recipe.MaxBytesPerDomain, progress);
        progress?.Report("Comparing held-out with training text.");
        DomainDocuments.RemoveCopies(domains);
        var split = CorpusSplit.Of(domains);
        if (Tokenizers.NeedsTraining(recipe.Tokenizer))
            progress?.Report($"Training the tokenizer {recipe.Tokenizer}.");
        var training = Enumerable.Range(0, domains.Length).Select(split.Training).ToArray();
        var tokenizer = Tokenizers.Create(recipe.Tokenizer, Interleave(training));
        Tokenizers.Save(tokenizer, directory);
        var wide = tokenizer.VocabularySize > 1 << 16;
        var infos = new List<DomainInfo>();
        var floors = new List<CorpusFloor>();
        for (var d = 0; d < domains.Length; d++)
        {
            var name = domains[d].Source.Name;
            progress?.Report($"Encoding {name}: {domains[d].Bytes:N0} bytes.");
            var (trainingTokens, trainingText) = Encode(tokenizer, training[d], recipe.MinDocumentTokens);
            var (heldOut, heldOutText) = Encode(tokenizer, split.HeldOut(d), recipe.MinDocumentTokens);
            if (trainingTokens.Length == 0 || heldOut.Length == 0)
                throw new InputException($"{name}: too little text in '{domains[d].Source.Source}' for training and held-out documents "
                    + $"of at least {recipe.MinDocumentTokens} tokens (data.min_document_tokens)");
            if (recipe.ShuffleTokens)
            {
                TokenShuffle.Apply(trainingTokens, name, "training");
                TokenShuffle.Apply(heldOut, name, "held-out");
            }
            TokenFile.Write(Path.Combine(directory, $"{d}.training"), trainingTokens, tokenizer.Separator, wide);
            TokenFile.Write(Path.Combine(directory, $"{d}.held-out"), heldOut, tokenizer.Separator, wide);
            var floor = recipe.ShuffleTokens
                ? Floors.Measure(name, TokenShuffle.Bytes(trainingTokens, tokenizer), TokenShuffle.Bytes(heldOut, tokenizer))
                : Floors.Measure(name, trainingText.Select(Encoding.UTF8.GetBytes), heldOutText.Select(Encoding.UTF8.GetBytes));
            floors.Add(floor);
            infos.Add(new DomainInfo(name, domains[d].Source.Source, domains[d].Source.Licence,
                trainingText.Sum(t => (long)Encoding.UTF8.GetByteCount(t)) + floor.HeldOutBytes, trainingTokens.Length + heldOut.Length,
                trainingTokens.Concat(heldOut).Sum(t => (long)t.Length), recipe.ShuffleTokens ? TokenShuffle.Hash(split.Hash(d)) : split.Hash(d), floor.HeldOutBytes)
            {
                HeldOutOverlap = split.Overlap(d),
                Duplicates = domains[d].Duplicates,
                Notes = Notes(domains[d].Source, split.Overlap(d), recipe.ShuffleTokens, progress),
            });
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
        // One after another, so that the first source's own error is thrown.
        return [.. reading.Select(task => task.GetAwaiter().GetResult())];
    }

    private static string Notes(CorpusSource source, double overlap, bool shuffled, IProgress<string>? progress)
    {
        var notes = source.Notes.ToList();
        if (shuffled)
            notes.Add(TokenShuffle.Note);
        if (overlap > MaxOverlap)
            notes.Add(overlap.ToString("P1", CultureInfo.InvariantCulture) + " of its held-out text also occurs in training text "
                + $"(windows of {WordWindows.Words} words), so its losses look better than they are.");
        foreach (var note in notes)
            progress?.Report($"{source.Name}: {note}");
        return string.Join(' ', notes);
    }

    private static (int[][] Tokens, string[] Texts) Encode(ITokenizer tokenizer, IReadOnlyList<string> documents, int least)
    {
        var tokens = new int[documents.Count][];
        System.Threading.Tasks.Parallel.For(0, documents.Count, i => tokens[i] = tokenizer.Encode(documents[i]));
        var kept = Enumerable.Range(0, documents.Count).Where(i => tokens[i].Length >= least).ToArray();
        return ([.. kept.Select(i => tokens[i])], [.. kept.Select(i => documents[i])]);
    }

    // One document of each domain in turn, so that a tokenizer whose training stops early has seen all domains.
    private static IEnumerable<string> Interleave(IReadOnlyList<string>[] domains) =>
        Enumerable.Range(0, domains.Max(d => d.Count)).SelectMany(i => domains.Where(d => i < d.Count).Select(d => d[i]));
}
