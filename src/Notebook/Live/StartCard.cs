using MoELab.Cells;
using MoELab.Views.Html;

namespace MoELab.Live;

/// <summary>The card of a run that is being started: what its process does until it has a folder, and the run's card from then on.</summary>
internal sealed class StartCard(RunStart start) : ILiveFigure
{
    private RunCard? _card;
    private string? _shown;

    public bool Ended => start.Failed || _card is { Ended: true };
    public IReadOnlyList<string> Training => _card?.Training ?? [];

    public bool Read()
    {
        if (_card is not null)
            return _card.Read();
        if (start.Run is { } run)
            _card = new RunCard(run);
        return _card is not null || _shown != Doing;
    }

    public CellData Whole(string id)
    {
        _shown = null;
        if (_card is not null)
            return _card.Whole(id);
        _shown = Doing;
        var chip = start.Failed ? ("did not start", "bad") : (start.IsQueued ? "submitted" : "starting", "");
        var html = Markup.Of($"<div class=\"head\"><b>{start.Name}</b> {LiveHtml.Chip("state", chip)}</div>"
            + $"<div class=\"facts\"><span data-text=\"doing\">{Doing}</span></div>");
        return CellData.Html(LiveHtml.Card(id, -1, html), $"{start.Name}: {chip.Item1}{(Doing.Length > 0 ? ", " + Doing : "")}");
    }

    public JsonObject? Delta()
    {
        if (_card is not null)
            return _shown is null ? _card.Delta() : null;
        _shown = Doing;
        return new JsonObject { ["text"] = new JsonObject { ["doing"] = Doing } };
    }

    private string Doing => start switch
    {
        { IsQueued: true } => start.Doing,
        { Failed: true } => "",
        { Doing.Length: > 0 } => $"preparing data: {start.Doing}",
        _ => "starting its process",
    };
}
