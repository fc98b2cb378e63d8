using MoELab.Recipes.Input;

namespace MoELab.Data.Packing;

/// <summary>
/// Sequential packing: documents one after another; one that is longer than the rest of a sequence continues in this worker's next sequence.
/// </summary>
internal sealed class SequentialWorker(StreamSettings settings, int worker) : PackingWorker(settings, worker)
{
    private Open _current;
    private int _domain = -1;

    protected override int Unfinished => _domain;

    protected override ref Open Pick(int domain)
    {
        if (_domain < 0)
            (_domain, _current) = (domain, new Open(Order(domain).Next(), 0));
        return ref _current;
    }

    protected override void Close(int domain) => _domain = -1;

    public override JsonObject Save()
    {
        var state = base.Save();
        state["current"] = new JsonArray(_domain, _current.Document, _current.Head);
        return state;
    }

    public override void Load(JsonField state)
    {
        base.Load(state);
        var current = state["current"].Items();
        if (current.Count != 3)
            throw state["current"].Unfit("a domain, a document and its read head");
        _domain = current[0].Int(-1, Domains - 1);
        _current = _domain < 0 ? new Open(current[1].Int(), current[2].Int()) : Reading(_domain, current[1], current[2]);
    }
}
