using System.ComponentModel;
using System.ComponentModel.DataAnnotations;

namespace MoELab.Recipes;

/// <summary>What a run reads: domains, tokenizer, mixture by phase, and how documents become sequences.</summary>
public sealed record DataRecipe
{
    /// <summary>The corpus: <c>default</c> (the embedded one) or a name from <see cref="Sources"/>.</summary>
    [Description("'default', or 'files' to use sources only")]
    public string Corpus { get; init; } = "default";

    /// <summary>Own domains: name to file, folder or glob (text, JSONL or a plugin's format), beside those of the corpus.</summary>
    [Description("own domains: name to path or glob"), Form("names with a path each", "a path or glob")]
    public IReadOnlyDictionary<string, string> Sources { get; init; } = new Dictionary<string, string>();

    /// <summary><c>bytes</c>, <c>bpe-1024</c> (trained, any size), <c>o200k_base</c>, or the path of a Hugging Face tokenizer.json.</summary>
    [Description("bytes, bpe-N, o200k_base, or a path to tokenizer.json")]
    public string Tokenizer { get; init; } = "bytes";

    /// <summary>Phases in order; each has a length in tokens of the run and weights per domain. Empty: one phase, domains by size.</summary>
    [Description("phases: length in tokens and weights per domain"), Form("a list of phases", "a share and weights")]
    public IReadOnlyList<PhaseRecipe> Phases { get; init; } = [];

    /// <summary>How documents become sequences.</summary>
    [Description("rsdb or sequential")]
    public PackingMode Packing { get; init; } = PackingMode.Rsdb;

    /// <summary>
    /// RSDB: documents in each worker's buffer, divided evenly among the domains, at least one and at most half of a domain's documents
    /// each (the internal buffer holds twice as many).
    /// </summary>
    [Range(1, 1 << 24), Description("RSDB buffer of each worker, in documents")]
    public int Buffer { get; init; } = 64;

    /// <summary>Logical data workers; part of the recipe, so that the number of processes cannot change a run.</summary>
    [Range(1, 4096), Description("logical data workers")]
    public int Workers { get; init; } = 4;

    /// <summary>Documents shorter than this many tokens are dropped when preparing.</summary>
    [Range(1, 1 << 20), Description("shortest document, in tokens")]
    public int MinDocumentTokens { get; init; } = 16;

    /// <summary>Upper bound on the bytes taken from each domain; 0 takes all.</summary>
    [Range(0, long.MaxValue), Description("most bytes from each domain; 0: all")]
    public long MaxBytesPerDomain { get; init; } = 4_000_000;

    /// <summary>
    /// A negative control: the tokens of each document, for training and evaluation alike, are in random order. What a model still learns is which
    /// tokens a document holds and how many, so what a change gains on text it should not gain here. All seeds read the same order.
    /// </summary>
    [LaterKey, Description("negative control: tokens of each document in random order")]
    public bool ShuffleTokens { get; init; }
}

/// <summary>One phase of the data mixture.</summary>
public sealed record PhaseRecipe
{
    /// <summary>Relative length, in tokens: Trinity Large has 13, 4, 3. Phases without a <see cref="Length"/> divide the rest so.</summary>
    [Range(1e-9, 1e9), Description("relative length, in tokens")]
    public double Share { get; init; } = 1;

    /// <summary>
    /// Length in steps (<c>2000</c>), tokens (<c>7T</c>) or as a share of the run (<c>70%</c>); 0 goes by <see cref="Share"/>. The last phase
    /// lasts to the end.
    /// </summary>
    [Range(0, 100_000_000), Description("length in steps, tokens (7T) or as a share of the run (70%); 0: by share")]
    public Extent Length { get; init; }

    /// <summary>Weight of each domain; absent domains have none. Empty: domains by size.</summary>
    [Description("weight of each domain; empty: domains by size"), Form("domains with a weight each", "a number")]
    public IReadOnlyDictionary<string, double> Weights { get; init; } = new Dictionary<string, double>();
}

/// <summary>How documents become sequences.</summary>
public enum PackingMode
{
    /// <summary>Random Sequential Document Buffer (Trinity report, section 3.2).</summary>
    Rsdb,

    /// <summary>A long document continues into the following sequences.</summary>
    Sequential,
}
