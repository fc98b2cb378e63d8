using System.Text.Json.Nodes;

namespace MoELab.Data;

/// <summary>Sequential packing: documents one after another; what does not fit continues in this worker's next sequence.</summary>
internal sealed class SequentialWorker(StreamSettings settings, int worker) : PackingWorker(settings, worker)
{
    private Open _current;
    private int _domain = -1;

    protected override int Unfinished => _domain;

    protected override ref Open Pick(int domain)
    {
        if (_domain < 0)
        {
            (_domain, _current) = (domain, new Open(Order(domain).Next(), 0));
        }
        return ref _current;
    }

    protected override void Close(int domain) => _domain = -1;

    public override JsonObject Save()
    {
        var state = base.Save();
        state["current"] = new JsonArray(_domain, _current.Document, _current.Head);
        return state;
    }

    public override void Load(JsonObject state)
    {
        base.Load(state);
        var current = state["current"]!;
        _domain = current[0]!.GetValue<int>();
        _current = new Open(current[1]!.GetValue<int>(), current[2]!.GetValue<int>());
    }
}
