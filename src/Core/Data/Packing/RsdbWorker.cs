using System.Text.Json.Nodes;
using MoELab.Randomness;

namespace MoELab.Data;

/// <summary>
/// Random Sequential Document Buffer (Trinity technical report, arXiv 2602.17004, section 3.2): a sequence is filled from random open
/// documents of a buffer, each continuing at its read head. A domain's buffer is filled to twice its share of the recipe's
/// <c>buffer</c> when it shrinks to that share; at the end of an epoch it runs empty first, so that an epoch holds every token once.
/// </summary>
internal sealed class RsdbWorker : PackingWorker
{
    private readonly int _share;
    private readonly List<Open>[] _open;
    private readonly Philox _random;
    private int _picked;

    public RsdbWorker(StreamSettings settings, int worker) : base(settings, worker)
    {
        _share = Math.Max(1, settings.Buffer / (settings.Workers * Domains));
        _open = [.. Enumerable.Range(0, Domains).Select(_ => new List<Open>((2 * _share) + 1))];
        _random = new Philox(settings.Seed, "data-pick", worker.ToString());
    }

    protected override ref Open Pick(int domain)
    {
        var open = _open[domain];
        var order = Order(domain);
        if (open.Count == 0 && !order.HasNext)
            order.StartEpoch();
        if (open.Count <= _share)
        {
            while (open.Count < 2 * _share && order.HasNext)
                open.Add(new Open(order.Next(), 0));
        }
        _picked = _random.NextInt(open.Count);
        return ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(open)[_picked];
    }

    protected override void Close(int domain)
    {
        var open = _open[domain];
        open[_picked] = open[^1];
        open.RemoveAt(open.Count - 1);
    }

    public override JsonObject Save()
    {
        var state = base.Save();
        state["random"] = _random.Position;
        state["open"] = new JsonArray([.. _open.Select(open => (JsonNode)new JsonArray([.. open.SelectMany(o => new JsonNode[] { o.Document, o.Head })]))]);
        return state;
    }

    public override void Load(JsonObject state)
    {
        base.Load(state);
        _random.Position = state["random"]!.GetValue<ulong>();
        for (var d = 0; d < Domains; d++)
        {
            var pairs = state["open"]![d]!.AsArray();
            _open[d].Clear();
            for (var i = 0; i < pairs.Count; i += 2)
                _open[d].Add(new Open(pairs[i]!.GetValue<int>(), pairs[i + 1]!.GetValue<int>()));
        }
    }
}
