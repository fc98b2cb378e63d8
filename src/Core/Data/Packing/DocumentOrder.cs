using System.Text.Json.Nodes;
using MoELab.Randomness;

namespace MoELab.Data;

/// <summary>
/// The order in which one worker meets its documents of one domain: shuffled anew in each epoch, keyed by seed, domain, worker and
/// epoch. Worker w of W owns documents w, w + W, ...; a domain with fewer documents than workers is read whole by each of them.
/// </summary>
internal sealed class DocumentOrder
{
    private readonly long _seed;
    private readonly string _name;
    private readonly int[] _own;
    private int[] _order = [];
    private int _position;
    private int _epoch = -1;

    public DocumentOrder(long seed, string domain, int documents, int worker, int workers)
    {
        _seed = seed;
        _name = $"{domain}/{worker}";
        _own = documents < workers
            ? [.. Enumerable.Range(0, documents)]
            : [.. Enumerable.Range(0, documents).Where(d => d % workers == worker)];
        StartEpoch();
    }

    /// <summary>Whether this epoch has a document left.</summary>
    public bool HasNext => _position < _order.Length;

    public int Next() => _order[_position++];

    public void StartEpoch() => Arrange(_epoch + 1, 0);

    public JsonArray Save() => [_epoch, _position];

    public void Load(JsonNode state) => Arrange(state[0]!.GetValue<int>(), state[1]!.GetValue<int>());

    private void Arrange(int epoch, int position)
    {
        if (epoch != _epoch)
        {
            _order = [.. _own];
            new Philox(_seed, "data-order", _name, epoch).Shuffle(_order.AsSpan());
        }
        (_epoch, _position) = (epoch, position);
    }
}
