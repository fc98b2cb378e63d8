using MoELab.Randomness;
using MoELab.Recipes.Input;

namespace MoELab.Data.Packing;

/// <summary>
/// The order in which one worker reads its documents of one domain: shuffled in each epoch, keyed by seed, domain, worker and
/// epoch. Worker w of W owns documents w, w + W, ...; a domain with fewer documents than workers is read completely by each of them.
/// An epoch returns every document once, and the next one starts when all have been returned.
/// </summary>
internal sealed class DocumentOrder
{
    private readonly long _seed;
    private readonly string _name;
    private readonly int[] _own;
    private readonly List<int> _postponed = [];
    private int[] _order = [];
    private int _position;
    private int _epoch = -1;

    public DocumentOrder(long seed, string domain, int documents, int worker, int workers)
    {
        _seed = seed;
        _name = $"{domain}/{worker}";
        _own = [.. Enumerable.Range(0, documents).Where(d => documents < workers || d % workers == worker)];
        StartEpoch();
    }

    /// <summary>Number of documents in an epoch.</summary>
    public int Count => _own.Length;

    /// <summary>The next document; the first one of the next epoch if this epoch has returned all.</summary>
    public int Next()
    {
        if (_position == _order.Length)
            StartEpoch();
        return _order[_position++];
    }

    /// <summary>
    /// The next document that is not open. One that is still open from the previous epoch waits for its turn in this epoch until it has been
    /// read; this epoch does not end before.
    /// </summary>
    /// <returns>False if every document that is left in this epoch is open.</returns>
    public bool TryNext(IReadOnlySet<int> open, out int document)
    {
        if (_position == _order.Length && _postponed.Count == 0)
            StartEpoch();
        for (var i = 0; i < _postponed.Count; i++)
        {
            document = _postponed[i];
            if (open.Contains(document))
                continue;
            _postponed.RemoveAt(i);
            return true;
        }
        while (_position < _order.Length)
        {
            document = _order[_position++];
            if (!open.Contains(document))
                return true;
            _postponed.Add(document);
        }
        document = -1;
        return false;
    }

    /// <summary>The state: epoch, position, and the documents that wait for their turn.</summary>
    public JsonArray Save() => [_epoch, _position, .. _postponed];

    /// <exception cref="InputException">The state does not match the documents.</exception>
    public void Load(JsonField state)
    {
        var items = state.Items();
        if (items.Count < 2)
            throw state.Unfit("an epoch, a position, and the documents that wait");
        Arrange(items[0].Int(0, int.MaxValue), items[1].Int(0, _own.Length));
        _postponed.Clear();
        _postponed.AddRange(items.Skip(2).Select(d => _own.Contains(d.Int()) ? d.Int() : throw d.Unfit("a document of this worker")));
    }

    private void StartEpoch() => Arrange(_epoch + 1, 0);

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
