using MoELab.Cells;
using MoELab.Views.Html;

namespace MoELab.Live;

/// <summary>
/// Updates a figure below a cell, also after the cell has ended. It uses two displays: one contains the complete figure and is
/// replaced seldom, the other is invisible and contains scripts of a few hundred bytes that pass new points to the first.
/// </summary>
internal sealed class LiveDisplay
{
    // Eight updates a second, shared by all active displays.
    private static readonly TimeSpan Least = TimeSpan.FromMilliseconds(125), Idle = TimeSpan.FromMilliseconds(500);

    // Viewers without scripts, and notebooks saved meanwhile, are at most this far behind.
    private static readonly TimeSpan WholeEvery = TimeSpan.FromSeconds(15);
    private static readonly CellData Empty = CellData.Html("", "");
    private static int _moving;

    private readonly Lock _gate = new();
    private readonly ILiveFigure _figure;
    private readonly ICellOutput _output;
    private readonly string _id = "moelab-" + Guid.NewGuid().ToString("N")[..12];
    private DateTime _whole;
    private TimeSpan _patience = WholeEvery;
    private bool _stale, _ended;

    private LiveDisplay(ILiveFigure figure, ICellOutput output) => (_figure, _output) = (figure, output);

    /// <summary>Whether it is no longer updated.</summary>
    public bool Ended { get { lock (_gate) return _ended; } }

    public IReadOnlyList<string> Training { get { lock (_gate) return _ended ? [] : _figure.Training; } }

    /// <summary>Shows a figure below a cell and follows it until it ends.</summary>
    public static LiveDisplay Show(ILiveFigure figure, ICellOutput output, CancellationToken cancel)
    {
        var display = new LiveDisplay(figure, output);
        output.Display(display.Whole(), display._id);
        if (display._ended = figure.Ended)
            return display;
        output.Display(Empty, display._id + "-moves");
        // Outside the cell's flow, because what is printed here is not output of its code.
        using (ExecutionContext.SuppressFlow())
            _ = Task.Run(() => display.Follow(cancel), CancellationToken.None);
        return display;
    }

    /// <summary>Sends what is new; returns whether anything is.</summary>
    public bool Move()
    {
        lock (_gate)
        {
            if (_ended)
                return false;
            var changed = _figure.Read();
            _stale |= changed;
            if (_figure.Ended)
            {
                _ended = true;
                _output.Update(_id, Whole());
                _output.Update(_id + "-moves", Empty);
            }
            else if (_stale && DateTime.UtcNow - _whole > _patience)
            {
                _output.Update(_id, Whole());
            }
            else if (changed)
            {
                if (_figure.Delta() is { } delta)
                    _output.Update(_id + "-moves", CellData.Html(LiveHtml.Push(_id, delta), ""));
                else
                    _output.Update(_id, Whole());
            }
            return changed;
        }
    }

    private async Task Follow(CancellationToken cancel)
    {
        Interlocked.Increment(ref _moving);
        try
        {
            for (var wait = Least; !Ended;)
            {
                await Task.Delay(wait * Math.Max(1, _moving), cancel).ConfigureAwait(false);
                // A run with slow steps is read less often.
                wait = Move() ? Least : wait * 1.25 < Idle ? wait * 1.25 : Idle;
            }
        }
        catch (OperationCanceledException)
        {
            // The session has ended.
        }
        catch (Exception e)
        {
            // A display that fails must not end the notebook; what it showed stays.
            Fail(e);
        }
        finally
        {
            Interlocked.Decrement(ref _moving);
        }
    }

    private CellData Whole()
    {
        var began = DateTime.UtcNow;
        var whole = _figure.Whole(_id);
        _whole = DateTime.UtcNow;
        // However long a figure takes to draw, drawing takes a small part of the time.
        _patience = (_whole - began) * 300 > WholeEvery ? (_whole - began) * 300 : WholeEvery;
        _stale = false;
        return _output.FrozenNote is { } note && !_figure.Ended ? Noted(whole, note) : whole;
    }

    private static CellData Noted(CellData figure, string note) => CellData.Html(
        Markup.Of($"{new Markup((string)figure.Forms["text/html"])}<p style=\"font-size:85%;opacity:.75;margin:4px 0\">{note}</p>").Html,
        $"{figure.Plain}{Environment.NewLine}{note}");

    private void Fail(Exception e)
    {
        lock (_gate)
            _ended = true;
        try
        {
            _output.Update(_id + "-moves", CellData.Of("text/plain", $"the live display ended: {e.Message}"));
        }
        catch (Exception)
        {
            // The front end is gone.
        }
    }
}
