using System.Text.Json;

namespace MoELab.Runs.Log;

/// <summary>Reads a log of JSON lines with their checksums, on from where the last reading ended; logs of older versions have none.</summary>
/// <param name="path">The file; an absent one has no rows, and may appear later.</param>
/// <param name="isStrict">Whether a row of metrics with a key that occurs twice is looked for here; who reads in bulk sees it by the values.</param>
/// <param name="isSealed">Whether the rows are known to have checksums; else the first checksum decides, and earlier rows are read again.</param>
internal sealed class LogReader(string path, bool isStrict = false, bool isSealed = false)
{
    private readonly ByteLines _lines = new(path);
    private readonly List<DamagedRow> _damaged = [];
    private readonly string _name = Path.GetFileName(path);
    private bool _isSealed = isSealed, _isOpen;
    private int _number, _step;

    public IReadOnlyList<DamagedRow> Damaged => _damaged;

    /// <summary>Counts up with whatever a reading found.</summary>
    public int Changes { get; private set; }

    /// <summary>Why the log could not be read to its end; null where it could.</summary>
    public InputException? Refusal { get; private set; }

    /// <summary>Reads on to the end, or as far as that goes.</summary>
    public void ReadOn(Action<JsonElement, int> take, Action restarted)
    {
        try
        {
            foreach (var (row, _, number) in Read(restarted))
                take(row, number);
            Refusal = null;
        }
        catch (InputException e)
        {
            Refusal = e;
        }
    }

    /// <summary>Every new row with its bytes and number; a torn last line waits until it is complete, a damaged one is reported.</summary>
    /// <param name="restarted">Called if the rows read so far are obsolete: every row comes again.</param>
    /// <exception cref="InputException">A row is longer than a log's may be.</exception>
    public IEnumerable<(JsonElement Row, ReadOnlyMemory<byte> Line, int Number)> Read(Action? restarted = null)
    {
        while (true)
        {
            var again = false;
            foreach (var (line, whole) in _lines.Read(() => Restart(restarted)))
            {
                if (!_isSealed && IsSealedLine(line.Span, whole))
                    (_isSealed, again) = (true, _number > 0);
                again |= _isOpen && line.Length > 0;
                if (again)
                    break;
                if (_isOpen)
                {
                    // The end of a row that was read without it.
                    _isOpen = false;
                    continue;
                }
                if (Take(line, whole) is { } row)
                    yield return (row, line, _number);
            }
            if (!again)
                yield break;
            var isSealed = _isSealed;
            _lines.Restart();
            Restart(restarted);
            _isSealed = isSealed;
        }
    }

    public void Report(int number, int after, string reason) => _damaged.Add(new DamagedRow(_name, number, after, reason));

    /// <summary>Whether a line carries a checksum, right or wrong, be its end of line there or damaged.</summary>
    public static bool IsSealedLine(ReadOnlySpan<byte> line, bool whole) => LogLine.IsSealed(line) || (!whole && LogLine.IsSealed(line[..^1]));

    private JsonElement? Take(ReadOnlyMemory<byte> line, bool whole)
    {
        JsonElement? row = null;
        string? reason = null;
        if (line.Length > 0)
        {
            reason = LogFile.Problem(line, whole, _isSealed, _name, isStrict, out row, out var torn);
            if (torn)
                return null;
        }
        Changes++;
        _number++;
        if (!whole)
        {
            _isOpen = true;
            _lines.TakeRest();
        }
        if (reason is not null)
            Report(_number, _step, reason);
        if (row is { } found)
            _step = LogFile.Int32(found, "step") ?? _step;
        return row;
    }

    private void Restart(Action? restarted)
    {
        Changes++;
        (_number, _step, _isSealed, _isOpen) = (0, 0, false, false);
        _damaged.Clear();
        restarted?.Invoke();
    }
}
