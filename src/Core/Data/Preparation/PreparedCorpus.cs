using MoELab.Data.Packing;
using MoELab.Data.Sources;
using MoELab.Data.Tokenization;
using MoELab.Plugins;
using MoELab.Recipes.Lengths;

namespace MoELab.Data.Preparation;

/// <summary>
/// A recipe's corpus, tokenised and split by document, ready for reading. It is prepared once and cached outside the run folder, in
/// <c>MOELAB_CACHE</c>, <c>XDG_CACHE_HOME/moelab</c> or <c>~/.cache/moelab</c>, keyed by everything that determines it.
/// </summary>
public sealed class PreparedCorpus : IDisposable
{
    private readonly TokenFile[] _training;
    private readonly TokenFile[] _heldOut;

    internal PreparedCorpus(string directory, ITokenizer tokenizer, IReadOnlyList<DomainInfo> domains, IReadOnlyList<CorpusFloor> floors,
        TokenFile[] training, TokenFile[] heldOut)
    {
        Directory = directory;
        Tokenizer = tokenizer;
        Domains = domains;
        Floors = floors;
        _training = training;
        _heldOut = heldOut;
    }

    /// <summary>The folder of the prepared data.</summary>
    public string Directory { get; }

    /// <summary>The recipe's tokenizer; <see cref="Tokenizers.Save"/> stores it in a run folder.</summary>
    public ITokenizer Tokenizer { get; }

    /// <summary>The domains in order, with their provenance; a batch names them by index.</summary>
    public IReadOnlyList<DomainInfo> Domains { get; }

    /// <summary>The baselines on each domain's held-out text.</summary>
    public IReadOnlyList<CorpusFloor> Floors { get; }

    /// <summary>
    /// The baselines over all domains, weighted like a run's own held-out figures: by the bytes that an evaluation reads in each domain, so
    /// that they are comparable.
    /// </summary>
    /// <param name="training">Sequence length and tokens per evaluation.</param>
    /// <returns>Bits per byte of the byte bigrams, and of <c>xz -9e</c>; the latter is null without <c>xz</c> on the PATH.</returns>
    public (double Bigram, double? Xz) TotalFloors(TrainingRecipe training)
    {
        var bytes = Floors.Select((_, d) => (double)EvaluationSize(d, training.SequenceLength, training.EvalTokens).Bytes).ToArray();
        double Weighted(Func<CorpusFloor, double> bits) => Floors.Select((f, d) => bits(f) * bytes[d]).Sum() / bytes.Sum();
        return (Weighted(f => f.BigramBitsPerByte), Floors.All(f => f.XzBitsPerByte is not null) ? Weighted(f => f.XzBitsPerByte!.Value) : null);
    }

    /// <summary>The amount of a domain's held-out text that an evaluation reads: the domain's weight in every total over domains.</summary>
    /// <param name="domain">Index into <see cref="Domains"/>.</param>
    /// <param name="sequenceLength">Tokens per sequence.</param>
    /// <param name="maxTokens">Maximum tokens per domain, as for <see cref="EvaluationBatches"/>.</param>
    /// <returns>Number of targets without padding, and their UTF-8 bytes.</returns>
    public (long Tokens, long Bytes) EvaluationSize(int domain, int sequenceLength, long maxTokens)
    {
        long tokens = 0, bytes = 0;
        foreach (var (batch, batchBytes) in EvaluationBatches(domain, sequenceLength, Math.Max(1, 4096 / sequenceLength), maxTokens))
            (tokens, bytes) = (tokens + batch.Targets.Count(t => t >= 0), bytes + batchBytes);
        return (tokens, bytes);
    }

    /// <summary>Loads the prepared corpus of a recipe; prepares it first if it is not in the cache.</summary>
    /// <param name="recipe">Domains, tokenizer and limits; phases and packing are not used.</param>
    /// <param name="catalog">Supplies the readers of file formats; null supports text and JSONL only.</param>
    /// <param name="progress">Receives one sentence for each stage.</param>
    /// <exception cref="InputException">A source is missing, empty, binary or not UTF-8, or the tokenizer cannot be used.</exception>
    public static PreparedCorpus Prepare(DataRecipe recipe, PluginCatalog? catalog = null, IProgress<string>? progress = null) =>
        CorpusCache.LoadOrPrepare(recipe, catalog, progress);

    /// <summary>The folder in which prepared corpora are cached.</summary>
    public static string CacheDirectory => CorpusCache.Root;

    /// <summary>The domains that a recipe names, in order, without reading them.</summary>
    /// <param name="recipe">Corpus and sources.</param>
    /// <param name="catalog">Supplies the readers of file formats; null supports text and JSONL only.</param>
    /// <exception cref="InputException">A source is missing.</exception>
    public static IReadOnlyList<DomainSource> Sources(DataRecipe recipe, PluginCatalog? catalog = null) =>
        [.. CorpusSources.Of(recipe, catalog).Select(s => new DomainSource(s.Name, s.Source, s.Licence))];

    /// <summary>Training sequences.</summary>
    /// <param name="recipe">Phases, packing, buffer and workers.</param>
    /// <param name="sequenceLength">Tokens per sequence.</param>
    /// <param name="seed">Seed of the order of documents.</param>
    /// <param name="rank">Rank of this process; it reads the sequences i with i mod <paramref name="ranks"/> = rank.</param>
    /// <param name="ranks">Processes that share the stream; the number of workers must be divisible by it.</param>
    /// <param name="phaseEnds">
    /// Where each phase ends, as a share of the run's tokens (<see cref="PhaseEnds"/>); null uses only the phases' relative lengths.
    /// </param>
    /// <exception cref="InputException">
    /// A phase names an unknown domain, or the number of workers is not divisible by the number of ranks.
    /// </exception>
    public ITokenStream OpenStream(
        DataRecipe recipe, int sequenceLength, long seed, int rank = 0, int ranks = 1, IReadOnlyList<double>? phaseEnds = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequenceLength, 1);
        string[] names = [.. Domains.Select(d => d.Name)];
        var mixture = new Mixture(recipe.Phases, names, [.. _training.Select(t => t.Tokens)], phaseEnds);
        return new TokenStream(new StreamSettings(mixture, _training, names, sequenceLength, seed, recipe.Workers, recipe.Buffer),
            recipe.Packing, rank, ranks);
    }

    /// <summary>Held-out text of one domain, always the same: documents in order, packed sequentially, padded at the end.</summary>
    /// <param name="domain">Index into <see cref="Domains"/>.</param>
    /// <param name="sequenceLength">Tokens per sequence.</param>
    /// <param name="sequencesPerBatch">Maximum number of sequences in a batch; the last batch may have fewer.</param>
    /// <param name="maxTokens">Maximum input tokens, rounded down to whole sequences, at least one; 0: all.</param>
    /// <returns>
    /// Batches, and the UTF-8 bytes of their targets: bits per byte = sum of nats / (ln 2 · sum of bytes). A separator as a target costs
    /// nats and counts no bytes; padding has target -1.
    /// </returns>
    public IEnumerable<(TokenBatch Batch, long Bytes)> EvaluationBatches(int domain, int sequenceLength, int sequencesPerBatch, long maxTokens) =>
        EvaluationPacking.Batches(_heldOut[domain], Tokenizer, domain, sequenceLength, sequencesPerBatch, maxTokens);

    /// <summary>A domain's held-out tokens, in the order of its documents.</summary>
    internal TokenFile HeldOut(int domain) => _heldOut[domain];

    /// <summary>Releases the files; streams of this corpus can no longer be used.</summary>
    public void Dispose()
    {
        foreach (var file in _training.Concat(_heldOut))
            file.Dispose();
    }
}
