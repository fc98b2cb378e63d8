using MoELab.Recipes.Input;

namespace MoELab.Data.Packing;

/// <summary>
/// Sequence i of a run comes from logical worker i mod W; rank r of R takes the sequences i with i mod R = r, hence the workers w with
/// w mod R = r. Within a phase, neither R nor the size of a batch changes the contents of sequence i.
/// </summary>
internal sealed class TokenStream : ITokenStream
{
    private readonly StreamSettings _settings;
    private readonly int _rank;
    private readonly int _ranks;
    private readonly SortedDictionary<int, PackingWorker> _workers = [];
    private long _sequences;

    /// <exception cref="InputException">The number of workers is not divisible by the number of ranks.</exception>
    public TokenStream(StreamSettings settings, PackingMode packing, int rank, int ranks)
    {
        if (settings.Workers % ranks != 0)
            throw new InputException($"data.workers: {settings.Workers} is not divisible by the {ranks} ranks");
        (_settings, _rank, _ranks) = (settings, rank, ranks);
        for (var w = rank; w < settings.Workers; w += ranks)
            _workers[w] = packing == PackingMode.Rsdb ? new RsdbWorker(settings, w) : new SequentialWorker(settings, w);
    }

    public TokenBatch Next(int sequences, double progress)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(sequences, 1);
        var length = _settings.SequenceLength;
        var size = checked(sequences * length);
        var batch = new TokenBatch(sequences, length, new int[size], new int[size], new int[size], new byte[size]);
        for (var s = 0; s < sequences; s++)
        {
            var worker = (int)(((_sequences * _ranks) + _rank) % _settings.Workers);
            _workers[worker].Fill(progress, batch, s);
            _sequences++;
        }
        return batch;
    }

    /// <summary>The state of this rank's workers; the states of all ranks with merged <c>workers</c> are the state of the whole stream.</summary>
    public JsonObject SaveState() => new()
    {
        ["sequences"] = _sequences * _ranks,
        ["workers"] = new JsonObject(_workers.Select(w =>
            KeyValuePair.Create(w.Key.ToString(CultureInfo.InvariantCulture), (JsonNode?)w.Value.Save()))),
    };

    public void LoadState(JsonObject state)
    {
        var data = new JsonField("data state", "", state);
        var sequences = data["sequences"].Whole();
        if (sequences < 0 || sequences % _ranks != 0)
            throw new InputException($"data state: {sequences} sequences are not divisible by the {_ranks} ranks");
        foreach (var (w, worker) in _workers)
        {
            var saved = data["workers"][w.ToString(CultureInfo.InvariantCulture)];
            if (!saved.Exists)
                throw new InputException($"data state: worker {w} is missing; expected a state of {_settings.Workers} workers");
            worker.Load(saved);
        }
        _sequences = sequences / _ranks;
    }
}
