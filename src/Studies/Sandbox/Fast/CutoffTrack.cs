namespace MoELab.Studies.Sandbox.Fast;

/// <summary>
/// Where the K-th largest biased scores of a domain's tokens lie, from a few tokens of the step before: the levels from which candidates are
/// looked for. What it guesses decides how fast a choice is found, never which it is.
/// </summary>
internal struct CutoffTrack
{
    private const int Enough = 8;

    private double _sum, _squares;
    private int _seen;

    /// <summary>An unknown level lets every expert be a candidate.</summary>
    public CutoffTrack() => (Near, Far) = (float.NegativeInfinity, float.NegativeInfinity);

    /// <summary>A level that most tokens' K-th largest score reaches: few candidates.</summary>
    public float Near { get; private set; }

    /// <summary>A level that nearly all reach.</summary>
    public float Far { get; private set; }

    /// <summary>Takes the K-th largest biased score of a token.</summary>
    public void Add(float cutoff)
    {
        _sum += cutoff;
        _squares += (double)cutoff * cutoff;
        _seen++;
    }

    /// <summary>Sets the levels for the next step, once enough tokens were seen.</summary>
    public void Close()
    {
        if (_seen < Enough && (_seen == 0 || !float.IsNegativeInfinity(Near)))
            return;
        var mean = _sum / _seen;
        var deviation = Math.Sqrt(Math.Max(0, (_squares / _seen) - (mean * mean))) + 1e-6;
        (Near, Far) = ((float)(mean - (1.3 * deviation)), (float)(mean - (3.5 * deviation)));
        (_sum, _squares, _seen) = (0, 0, 0);
    }
}
