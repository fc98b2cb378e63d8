using MoELab.Randomness;
using MoELab.Recipes.Input;

namespace MoELab.Data.Packing;

/// <summary>
/// Random Sequential Document Buffer (Trinity technical report, arXiv 2602.17004, section 3.2): a sequence is filled from random open
/// documents of a buffer, each continuing at its read head. A domain's buffer is filled to twice its share of the worker's
/// <c>buffer</c> when it shrinks to that share, at the end of an epoch from the next one. A document is never open twice, and epochs
/// begin in order, so that no document is read for epoch e + 2 before every document has been read completely for epoch e.
/// </summary>
internal sealed class RsdbWorker : PackingWorker
{
    private readonly int[] _shares;
    private readonly List<Open>[] _open;
    private readonly HashSet<int>[] _documents;
    private readonly Philox _random;
    private int _picked;

    public RsdbWorker(StreamSettings settings, int worker) : base(settings, worker)
    {
        // At most half of a domain's documents, because the buffer holds up to twice as many, each only once.
        _shares = [.. Enumerable.Range(0, Domains).Select(d => Math.Max(1, Math.Min(settings.Buffer / Domains, Order(d).Count / 2)))];
        _open = [.. _shares.Select(share => new List<Open>((2 * share) + 1))];
        _documents = [.. _shares.Select(_ => new HashSet<int>())];
        _random = new Philox(settings.Seed, "data-pick", worker.ToString());
    }

    protected override ref Open Pick(int domain)
    {
        var open = _open[domain];
        if (open.Count <= _shares[domain])
        {
            while (open.Count < 2 * _shares[domain] && Order(domain).TryNext(_documents[domain], out var document))
            {
                open.Add(new Open(document, 0));
                _documents[domain].Add(document);
            }
        }
        _picked = _random.NextInt(open.Count);
        return ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(open)[_picked];
    }

    protected override void Close(int domain)
    {
        var open = _open[domain];
        _documents[domain].Remove(open[_picked].Document);
        open[_picked] = open[^1];
        open.RemoveAt(open.Count - 1);
    }

    public override JsonObject Save()
    {
        var state = base.Save();
        state["random"] = _random.Position;
        state["open"] = new JsonArray([.. _open.Select(open =>
            (JsonNode)new JsonArray([.. open.SelectMany(o => new JsonNode[] { o.Document, o.Head })]))]);
        return state;
    }

    public override void Load(JsonField state)
    {
        base.Load(state);
        _random.Position = state["random"].Unsigned();
        var open = PerDomain(state["open"]);
        for (var d = 0; d < Domains; d++)
        {
            var pairs = open[d].Items();
            if (pairs.Count % 2 != 0)
                throw open[d].Unfit("pairs of a document and its read head");
            _open[d].Clear();
            _documents[d].Clear();
            for (var i = 0; i < pairs.Count; i += 2)
            {
                _open[d].Add(Reading(d, pairs[i], pairs[i + 1]));
                if (!_documents[d].Add(_open[d][^1].Document))
                    throw pairs[i].Unfit("a document that is open once");
            }
        }
    }
}
