namespace MoELab.Recipes.Lengths;

/// <summary>
/// A run on the axis of its training tokens: what each step reads, how much was read before it, and where steps, tokens and shares of a
/// recipe lie. Progress is tokens read over all tokens of the run, so a larger batch moves it faster.
/// </summary>
public sealed class TrainingTimeline
{
    private readonly TrainingRecipe _training;
    private readonly List<TimelinePoint> _points;
    private readonly List<long> _perStep = [];

    /// <summary>The timeline of a recipe.</summary>
    /// <param name="training">Steps, tokens per step and its later values.</param>
    /// <param name="past">
    /// The past of a run that the recipe does not describe, because the run was changed or continues another: points from
    /// (0, 0) on, straight lines between them. The recipe applies from the last one on. Empty: from the start.
    /// </param>
    public TrainingTimeline(TrainingRecipe training, params IReadOnlyList<TimelinePoint> past)
    {
        (_training, Past) = (training, past);
        _points = [.. past.Count == 0 ? [new TimelinePoint(0, 0)] : past];
        for (var i = 1; i < _points.Count; i++)
            _perStep.Add((_points[i].Tokens - _points[i - 1].Tokens) / (_points[i].Steps - _points[i - 1].Steps));
        var known = _points.Count;
        // A share lies at a share of all tokens, and all tokens depend on where the shares lie: the total is where both agree.
        var shares = training.BatchSteps.Keys.Any(k => Extent.Parse(k).IsShare());
        var largest = training.BatchSteps.Values.Append(training.TokensPerStep).Max();
        long low = 0, high = shares ? checked(_points[^1].Tokens + (training.Steps * largest)) : 0;
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (Walk(middle, known) > middle)
                low = middle + 1;
            else
                high = middle;
        }
        TotalTokens = Walk(low, known);
    }

    /// <summary>Tokens of the whole run.</summary>
    public long TotalTokens { get; }

    /// <summary>Steps of the whole run.</summary>
    public int Steps => _training.Steps;

    /// <summary>The past that the timeline's recipe does not describe.</summary>
    public IReadOnlyList<TimelinePoint> Past { get; }

    /// <summary>Tokens of a step, from 1.</summary>
    public long TokensAt(int step) => _perStep[Segment(step - 1)];

    /// <summary>Tokens that were read before a step, from 1, begins.</summary>
    public long TokensBefore(int step)
    {
        var i = Segment(step - 1);
        return _points[i].Tokens + ((step - 1 - _points[i].Steps) * _perStep[i]);
    }

    /// <summary>Share of the run's tokens that was read before a step, from 1, begins: 0 to 1.</summary>
    public double Progress(int step) => Math.Clamp(TokensBefore(step) / (double)Math.Max(1, TotalTokens), 0, 1);

    /// <summary>The first step that begins when at least so many tokens were read; beyond the run's end if it reads fewer.</summary>
    public int FirstFrom(double tokens)
    {
        var (low, high) = (1, Steps + 1);
        while (low < high)
        {
            var middle = low + ((high - low) / 2);
            if (TokensBefore(middle) >= tokens)
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }

    /// <summary>The first step that reaches a place in the run; beyond the run's end if none does.</summary>
    public int FirstStep(Extent at) => at.IsSteps() ? Whole(at) : FirstFrom(Tokens(at));

    /// <summary>Tokens of the run's first part; <paramref name="oneIsShare"/>: a bare 1 is the entire run instead of one step.</summary>
    public double FromStart(Extent length, bool oneIsShare = false) => Math.Min(TotalTokens,
        length.IsSteps(oneIsShare) ? TokensBefore(1 + Whole(length)) : Tokens(length, oneIsShare));

    /// <summary>Tokens of the run's last part; <paramref name="oneIsShare"/>: a bare 1 is the entire run instead of one step.</summary>
    public double FromEnd(Extent length, bool oneIsShare = false) => Math.Min(TotalTokens,
        length.IsSteps(oneIsShare) ? TotalTokens - TokensBefore(1 + Math.Max(0, Steps - Whole(length))) : Tokens(length, oneIsShare));

    /// <summary>Whether a place in the run is reached when a step, from 1, begins.</summary>
    public bool Reached(Extent at, int step) => at.IsSteps() ? step >= at.Value : TokensBefore(step) >= Tokens(at);

    /// <summary>Whether a step, from 1, completes one more of equal lengths, such as every tenth step or every 100M tokens; never for 0.</summary>
    public bool Completes(Extent every, int step)
    {
        if (every.IsZero)
            return false;
        if (every.IsSteps())
            return step % Whole(every) == 0;
        var length = Tokens(every);
        return Math.Floor(TokensBefore(step + 1) / length) > Math.Floor(TokensBefore(step) / length);
    }

    /// <summary>The tokens of a length that is not in steps.</summary>
    internal double Tokens(Extent length, bool oneIsShare = false) => length.IsShare(oneIsShare) ? length.Value * TotalTokens : length.Value;

    /// <summary>The timeline of a changed recipe: the same up to a step, the new recipe's from that step on.</summary>
    public TrainingTimeline Continue(TrainingRecipe training, int step) =>
        new(training, step <= 1 ? [] : [.. _points.Where(p => p.Steps < step - 1), new TimelinePoint(step - 1, TokensBefore(step))]);

    private static int Whole(Extent extent) => (int)Math.Min(int.MaxValue - 1, Math.Round(extent.Value));

    // The last segment goes on for ever: a run may be asked about steps beyond its end.
    private int Segment(long done)
    {
        var i = _perStep.Count - 1;
        while (i > 0 && _points[i].Steps > done)
            i--;
        return i;
    }

    // Lays the segments from the last known point on, shares being shares of the given total; returns the tokens at the end.
    private long Walk(long total, int known)
    {
        _points.RemoveRange(known, _points.Count - known);
        _perStep.RemoveRange(known - 1, _perStep.Count - (known - 1));
        var (at, entries) = (_points[^1], _training.BatchSteps.Select(b => (At: Extent.Parse(b.Key), Tokens: b.Value)).ToList());
        while (true)
        {
            var (size, next) = (_training.TokensPerStep, long.MaxValue);
            var latest = -1.0;
            foreach (var (place, tokens) in entries)
            {
                var position = place.IsSteps() ? StepPosition(place, at) : place.IsShare() ? place.Value * total : place.Value;
                if (position <= at.Tokens && position >= latest)
                    (size, latest) = (tokens, position);
            }
            foreach (var (place, _) in entries)
            {
                var needed = place.IsSteps() ? Whole(place) - 1
                    : at.Steps + (long)Math.Ceiling(((place.IsShare() ? place.Value * total : place.Value) - at.Tokens) / size);
                if (needed > at.Steps)
                    next = Math.Min(next, needed);
            }
            _perStep.Add(size);
            if (next >= _training.Steps)
                return checked(at.Tokens + (Math.Max(0, _training.Steps - at.Steps) * size));
            at = new TimelinePoint(next, checked(at.Tokens + ((next - at.Steps) * size)));
            _points.Add(at);
        }
    }

    private double StepPosition(Extent place, TimelinePoint at) =>
        Whole(place) - 1 > at.Steps ? double.MaxValue : Whole(place) - 1 == at.Steps ? at.Tokens : TokensBefore(Whole(place));
}

/// <summary>A point of a timeline.</summary>
/// <param name="Steps">Steps done.</param>
/// <param name="Tokens">Tokens read by then.</param>
public readonly record struct TimelinePoint(long Steps, long Tokens);
