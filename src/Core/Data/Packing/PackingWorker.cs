using MoELab.Recipes.Input;

namespace MoELab.Data.Packing;

/// <summary>
/// One logical data worker: fills whole sequences from its own documents, with its own randomness. The packing selects which open
/// document is read next; everything else is the same for all packings.
/// </summary>
internal abstract class PackingWorker(StreamSettings settings, int worker)
{
    private readonly long[] _read = new long[settings.Files.Length];
    private readonly int[] _scratch = new int[settings.SequenceLength + 1];
    private readonly DocumentOrder[] _orders = [.. settings.Files.Select((file, d) =>
        new DocumentOrder(settings.Seed, settings.Domains[d], file.Documents, worker, settings.Workers))];
    private int _phase;

    /// <summary>An open document: its index and the next token to read.</summary>
    protected record struct Open(int Document, int Head);

    /// <summary>Selects the open document of this domain that is read next.</summary>
    protected abstract ref Open Pick(int domain);

    /// <summary>Called when the document that <see cref="Pick"/> returned last has been read to its end.</summary>
    protected abstract void Close(int domain);

    /// <summary>The domain whose open document must be finished before another one starts, or -1.</summary>
    protected virtual int Unfinished => -1;

    protected DocumentOrder Order(int domain) => _orders[domain];

    protected int Domains => _orders.Length;

    /// <summary>Fills one sequence of a batch.</summary>
    public void Fill(double progress, TokenBatch batch, int sequence)
    {
        var phase = settings.Mixture.Phase(progress);
        if (phase != _phase)
        {
            _phase = phase;
            Array.Clear(_read);
        }
        var (number, at, end) = (0, sequence * batch.Length, (sequence + 1) * batch.Length);
        for (; at < end; number++)
        {
            var domain = Unfinished is >= 0 and var open ? open : settings.Mixture.Next(_phase, _read);
            ref var document = ref Pick(domain);
            var file = settings.Files[domain];
            var count = Math.Min(end - at, file.Length(document.Document) - document.Head);
            var piece = _scratch.AsSpan(0, count + 1);
            file.Read(file.Starts[document.Document] + document.Head, piece);
            piece[..count].CopyTo(batch.Tokens.AsSpan(at));
            piece[1..].CopyTo(batch.Targets.AsSpan(at));
            batch.Documents.AsSpan(at, count).Fill(number);
            batch.Domains.AsSpan(at, count).Fill((byte)domain);
            document.Head += count;
            _read[domain] += count;
            at += count;
            if (document.Head == file.Length(document.Document))
                Close(domain);
        }
    }

    public virtual JsonObject Save() => new()
    {
        ["phase"] = _phase,
        ["read"] = new JsonArray([.. _read.Select(r => (JsonNode)r)]),
        ["orders"] = new JsonArray([.. _orders.Select(o => (JsonNode)o.Save())]),
    };

    /// <exception cref="InputException">The state does not match the documents.</exception>
    public virtual void Load(JsonField state)
    {
        _phase = state["phase"].Int();
        var (read, orders) = (PerDomain(state["read"]), PerDomain(state["orders"]));
        for (var d = 0; d < _orders.Length; d++)
        {
            _read[d] = read[d].Whole();
            _orders[d].Load(orders[d]);
        }
    }

    /// <summary>The items of a list with one item for each domain.</summary>
    protected IReadOnlyList<JsonField> PerDomain(JsonField list) =>
        list.Items() is { } items && items.Count == Domains ? items : throw list.Unfit($"one item for each of the {Domains} domains");

    /// <summary>Reads an open document of a domain from its state.</summary>
    protected Open Reading(int domain, JsonField document, JsonField head)
    {
        var file = settings.Files[domain];
        var number = document.Int(0, file.Documents - 1);
        return new Open(number, head.Int(0, file.Length(number) - 1));
    }
}
