using MoELab.Runs.Log;
using MoELab.Views.Comparisons;

namespace MoELab.Board.Catalog;

/// <summary>A run that somebody looks at.</summary>
internal sealed class OpenRun
{
    // What the first view of a page draws, in one reading.
    private static readonly string[] First = ["loss", "eval/bits_per_byte", "max_vio/mean", "tokens_per_second", "tokens_total", "time"];

    private readonly Lock _gate = new();
    private readonly List<MetricScan> _scans = [];
    private readonly string _path;
    private readonly DateTime _born;
    private readonly Lazy<double> _flops;
    private readonly Lazy<string> _experiment;

    public OpenRun(string path)
    {
        _path = path;
        _born = Born();
        Reader = RunReader.At(path);
        _flops = new(() => LossView.FlopsPerToken(Reader), LazyThreadSafetyMode.PublicationOnly);
        _experiment = new(() => Reader.RecipeOrNull is { } recipe ? ExperimentKey.Of(recipe) : "", LazyThreadSafetyMode.PublicationOnly);
    }

    /// <summary>The run read whole; what is not asked of it costs nothing.</summary>
    public RunReader Reader { get; }

    /// <summary>FLOPs of one training token.</summary>
    /// <exception cref="InputException">The folder lacks the recipe or the tokenizer.</exception>
    public double FlopsPerToken => _flops.Value;

    /// <summary>What runs that differ only in the seed have in common; empty where the recipe cannot be read.</summary>
    public string Experiment => _experiment.Value;

    /// <summary>Whether the path still leads to the folder that was opened, and not to another of its name.</summary>
    public bool IsSame() => Born() == _born;

    /// <summary>Metrics as they are now; null where the run does not have one.</summary>
    public IReadOnlyDictionary<string, MetricColumn?> Columns(IReadOnlyList<string> metrics)
    {
        lock (_gate)
        {
            var log = Path.Combine(_path, LogFile.Metrics);
            var missing = metrics.Where(m => !_scans.Exists(s => s.Has(m))).ToArray();
            if (missing.Length > 0)
                _scans.Add(new MetricScan(log, _scans.Count == 0 ? [.. First, .. missing] : missing));
            foreach (var scan in _scans.Where(s => metrics.Any(s.Has)))
                scan.Refresh();
            // Copies: another page's reading on must not change what is being drawn.
            return metrics.Distinct().ToDictionary(m => m, m => _scans.Select(s => s.Find(m)).FirstOrDefault(c => c is not null) is { } c
                ? new MetricColumn(m, [.. c.Steps], [.. c.Values]) : null);
        }
    }

    // Creation of the folder; a folder of the same name that replaced it has another.
    private DateTime Born() => Directory.GetCreationTimeUtc(_path);
}
