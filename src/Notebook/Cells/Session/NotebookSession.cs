using System.Text.RegularExpressions;
using MoELab.Cells.CSharp;
using MoELab.Cells.Magics;
using MoELab.Live;

namespace MoELab.Cells.Session;

/// <summary>
/// A notebook's session without any wire protocol: it splits cells at their magics, passes the parts to languages, and keeps
/// their state. One cell runs at a time; completion and similar requests are answered meanwhile.
/// </summary>
internal sealed partial class NotebookSession : IDisposable
{
    private readonly LiveRuns _live;
    private RunningCell? _running;

    /// <summary>A session that follows training runs by <paramref name="live"/>, which is disposed with it.</summary>
    public NotebookSession(Lab lab, CSharpLanguage csharp, LiveRuns live)
    {
        (Lab, Default, _live) = (lab, csharp, live);
        Add(csharp);
    }

    public Lab Lab { get; }

    /// <summary>The language of a cell without a magic.</summary>
    public CSharpLanguage Default { get; }

    public Dictionary<string, ICellLanguage> Languages { get; } = new(StringComparer.OrdinalIgnoreCase);
    public Dictionary<string, Magic> Magics { get; } = new(StringComparer.OrdinalIgnoreCase);

    public void Add(ICellLanguage language) => Languages.Add(language.Name, language);

    public void Add(IEnumerable<Magic> magics)
    {
        foreach (var magic in magics)
            Magics.Add(magic.Name, magic);
    }

    /// <summary>
    /// Runs a cell: its parts in order, up to the first that fails. Cancelling interrupts it once, as <see cref="Interrupt"/> does. The number is
    /// the cell's in the notebook, for messages; 0 if the host does not count cells.
    /// </summary>
    public async Task<CellResult> Execute(string code, ICellOutput output, CancellationToken cancel, int number = 0)
    {
        var outer = _running;
        using var running = new RunningCell(output);
        _running = running;
        using var interrupt = cancel.Register(running.Interrupt);
        try
        {
            foreach (var segment in Split(code))
            {
                var result = await Execute(segment, output, number, running.Aborted).ConfigureAwait(false);
                if (result.Interrupted)
                    return running.Explain(result, _live.Training);
                if (!result.Succeeded)
                    return result;
            }
            return new CellResult();
        }
        finally
        {
            _running = outer;
            _live.Settle();
        }
    }

    /// <summary>Makes the first cell and the first completion as fast as later ones.</summary>
    public Task Warm(CancellationToken cancel) => Default.Warm(cancel);

    /// <summary>
    /// Interrupts the running cell. A training run that it awaits stops at its next step boundary, and the cell goes on from
    /// there; a second call aborts the cell. If the cell awaits no training run, the first call aborts it.
    /// </summary>
    public void Interrupt() => _running?.Interrupt();

    public async Task<CellCompletions> Complete(string code, int cursor, ICellOutput output, CancellationToken cancel)
    {
        var line = code.LastIndexOf('\n', Math.Max(0, cursor - 1)) + 1;
        var typed = code[line..cursor];
        if (typed.StartsWith("#!", StringComparison.Ordinal) && !typed.Contains(' ', StringComparison.Ordinal))
        {
            var names = Languages.Values.Select(l => (l.Name, l.Help)).Concat(Magics.Values.Select(m => (m.Name, m.Help)));
            return new CellCompletions([.. names.Where(n => n.Name.StartsWith(typed[2..], StringComparison.Ordinal))
                .OrderBy(n => n.Name, StringComparer.Ordinal)
                .Select(n => new CellCompletion("#!" + n.Name, "Keyword", n.Help))], line, cursor);
        }
        if (typed.StartsWith("#!", StringComparison.Ordinal))
            return Line(typed, cursor);
        if (At(code, cursor, output) is not { } at)
            return CellCompletions.None(cursor);
        var found = await at.Language.Complete(at.Cell, cursor - at.Start, cancel).ConfigureAwait(false);
        return found with { Start = found.Start + at.Start, End = found.End + at.Start };
    }

    /// <summary>The meaning of the text at the cursor, as Markdown; null if unknown.</summary>
    public async Task<string?> Hover(string code, int cursor, ICellOutput output, CancellationToken cancel) =>
        At(code, cursor, output) is { } at ? await at.Language.Hover(at.Cell, cursor - at.Start, cancel).ConfigureAwait(false) : null;

    /// <summary>The name whose documentation a cell requests, <c>lab.Start?</c> or <c>?lab.Start</c>; null for other cells.</summary>
    public static string? Asked(string code) => Question().Match(code) is { Success: true } asked ? asked.Groups["name"].Value : null;

    public async Task<string> Describe(string name, ICellOutput output, CancellationToken cancel) =>
        await Hover(name, name.Length, output, cancel).ConfigureAwait(false) ?? $"'{name}' was not found";

    /// <summary>Whether a cell is complete: <c>complete</c>, <c>incomplete</c> or <c>invalid</c>.</summary>
    public string Completeness(string code) =>
        Split(code) is [.., { Magic: null or "csharp" } last] ? CSharpLanguage.Completeness(last.Body) : "complete";

    /// <summary>Errors that can be found before a cell runs.</summary>
    public async Task<IReadOnlyList<CellDiagnostic>> Diagnose(string code, ICellOutput output, CancellationToken cancel)
    {
        var all = new List<CellDiagnostic>();
        foreach (var segment in Split(code))
        {
            if (segment.Magic is { } magic && !Languages.ContainsKey(magic))
            {
                if (!Magics.ContainsKey(magic))
                    all.Add(new CellDiagnostic(0, code.Length, Unknown(magic)));
                continue;
            }
            var cell = new CellInvocation(segment.Body, segment.Arguments, output, segment.FirstLine);
            var found = await Language(segment).Diagnose(cell, cancel).ConfigureAwait(false);
            all.AddRange(found.Select(d => d with { Start = d.Start + segment.Start, End = d.End + segment.Start }));
        }
        return all;
    }

    /// <summary>Why a cell cannot run here: its first unknown magic; null if all are known.</summary>
    public string? Refusal(string code) => Split(code).Select(s => s.Magic).OfType<string>()
        .FirstOrDefault(m => !Languages.ContainsKey(m) && !Magics.ContainsKey(m)) is { } magic ? Unknown(magic) : null;

    public void Dispose() => _live.Dispose();

    private async Task<CellResult> Execute(CellSegment segment, ICellOutput output, int number, CancellationToken cancel)
    {
        var cell = new CellInvocation(segment.Body, segment.Arguments, output, segment.FirstLine, number);
        using var scope = CellContext.Enter(output);
        try
        {
            if (segment.Magic is { } name && !Languages.ContainsKey(name))
            {
                return Magics.TryGetValue(name, out var magic)
                    ? await magic.Execute(cell, cancel).ConfigureAwait(false)
                    : Failed("UnknownMagic", Unknown(name), segment.Line);
            }
            return await Language(segment).Execute(cell, cancel).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            return new CellResult(new CellError("Interrupted", "the cell was interrupted", [], segment.Line), Interrupted: true);
        }
        catch (MoELabException e)
        {
            return Failed(e.GetType().Name, e.Message, segment.Line);
        }
    }

    // The words after a magic's name.
    private CellCompletions Line(string typed, int cursor)
    {
        var word = typed[(typed.LastIndexOf(' ') + 1)..];
        var words = CellSegment.Words(typed[2..^word.Length]);
        var name = words.Count > 0 ? words[0] : "";
        var line = (Languages.GetValueOrDefault(name) as IMagicLine) ?? Magics.GetValueOrDefault(name) as IMagicLine;
        return new CellCompletions([.. line?.Words([.. words.Skip(1)])
            .Where(w => w.Text.StartsWith(word, StringComparison.OrdinalIgnoreCase)) ?? []], cursor - word.Length, cursor);
    }

    private static CellResult Failed(string name, string message, int line) => new(new CellError(name, message, [], line));

    private (ICellLanguage Language, CellInvocation Cell, int Start)? At(string code, int cursor, ICellOutput output)
    {
        var segment = Split(code).LastOrDefault(s => s.Start <= cursor && cursor <= s.Start + s.Body.Length);
        if (segment is null)
            return (Default, new CellInvocation(code, [], output), 0);
        return segment.Magic is { } magic && !Languages.ContainsKey(magic) ? null
            : (Language(segment), new CellInvocation(segment.Body, segment.Arguments, output, segment.FirstLine), segment.Start);
    }

    private ICellLanguage Language(CellSegment segment) => segment.Magic is null ? Default : Languages[segment.Magic];

    private IReadOnlyList<CellSegment> Split(string code) => CellSegment.Split(code, PolyglotNames.Canonical, TakesBody);

    private bool TakesBody(string magic) =>
        Languages.ContainsKey(magic) || (Magics.TryGetValue(magic, out var found) && found.TakesBody) || PolyglotNames.IsLanguage(magic);

    private string Unknown(string magic) => $"'#!{magic}': " + (PolyglotNames.Refusal(magic) ?? "no such magic or cell language; expected one of "
        + string.Join(", ", Languages.Keys.Concat(Magics.Keys).Order(StringComparer.Ordinal).Select(n => "#!" + n)));

    [GeneratedRegex(@"^\s*(?:\?\s*(?<name>[\w.]+)|(?<name>[\w.]+)\s*\?)\s*$")]
    private static partial Regex Question();
}
