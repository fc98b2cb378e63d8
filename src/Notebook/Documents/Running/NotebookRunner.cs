using System.Diagnostics;
using MoELab.Cells;
using MoELab.Cells.Session;

namespace MoELab.Documents.Running;

/// <summary>Runs a notebook's cells from top to bottom, without any wire protocol, and stores their outputs in it.</summary>
/// <param name="session">The session that runs the cells.</param>
/// <param name="notebook">The notebook; modified in place.</param>
internal sealed class NotebookRunner(NotebookSession session, NotebookDocument notebook)
{
    // Maximum text that a cell may print; more belongs in a file.
    private const int MaxPrinted = 10 << 20;
    private static readonly TimeSpan Still = TimeSpan.FromSeconds(1), MaxSettling = TimeSpan.FromSeconds(5);
    private readonly RunOutputs _outputs = new();
    private int _coming;
    private readonly List<(NotebookCell Cell, CellRecorder Output)> _recorded = [];

    /// <summary>Time limit of each cell; null for none.</summary>
    public TimeSpan? Timeout { get; init; }

    public bool AllowErrors { get; init; }

    /// <summary>Called for each code cell that has ended; <see cref="Collect"/> can be called from then on.</summary>
    public Action<CellRun> Ended { get; init; } = _ => { };

    /// <summary>Number of cells in the notebook, including the one for the parameters' values.</summary>
    public int Cells => notebook.Cells.Count + _coming;

    /// <summary>Runs every cell up to the first that fails.</summary>
    /// <param name="parameters">Values by name, for the cell tagged <c>parameters</c>.</param>
    /// <param name="cancel">Interrupts the running cell; no further cell starts.</param>
    /// <returns>The cells that ran; the last may have failed.</returns>
    /// <exception cref="InputException">The notebook cannot run here, because of an unknown language or parameter.</exception>
    public async Task<IReadOnlyList<CellRun>> Run(IReadOnlyList<KeyValuePair<string, string>> parameters, CancellationToken cancel)
    {
        CheckLanguages();
        var place = NotebookParameters.Check(notebook, parameters);
        _coming = place >= 0 && !NotebookParameters.HasValues(notebook, place) ? 1 : 0;
        foreach (var cell in notebook.Cells)
            (cell.ExecutionCount, cell.Outputs) = (null, []);
        var runs = new List<CellRun>();
        for (var i = 0; i < notebook.Cells.Count; i++)
        {
            var cell = notebook.Cells[i];
            if (cell.Kind == CellKind.Code && !string.IsNullOrWhiteSpace(cell.Source) && !cell.HasTag("skip-execution"))
            {
                var run = await Run(cell, i + 1, cancel).ConfigureAwait(false);
                runs.Add(run);
                Ended(run);
                if (run.Failed)
                    break;
            }
            // Types are known once the cell that declares them has run.
            if (i == place)
            {
                NotebookParameters.Inject(notebook, i, parameters, session.Default.Variables);
                _coming = 0;
            }
        }
        if (!cancel.IsCancellationRequested)
            await _outputs.Settle(Still, MaxSettling, CancellationToken.None).ConfigureAwait(false);
        Collect();
        return runs;
    }

    public void Collect()
    {
        foreach (var (cell, output) in _recorded)
            cell.Outputs = output.Outputs();
    }

    private async Task<CellRun> Run(NotebookCell cell, int number, CancellationToken cancel)
    {
        var output = new CellRecorder(_outputs, MaxPrinted);
        _recorded.Add((cell, output));
        cell.ExecutionCount = ++_outputs.ExecutionCount;
        var (begin, clock) = (DateTime.UtcNow, Stopwatch.StartNew());
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        if (Timeout is { } timeout)
            limit.CancelAfter(timeout);
        var result = NotebookSession.Asked(cell.Source) is { } name
            ? await Tell(name, output, limit.Token).ConfigureAwait(false)
            : await session.Execute(cell.Source, output, limit.Token, number).ConfigureAwait(false);
        var error = result.Error;
        if (result.Interrupted && !cancel.IsCancellationRequested && Timeout is { } late)
            error = new CellError("CellTimeout",
                string.Create(CultureInfo.InvariantCulture, $"the cell ran longer than {late.TotalSeconds:0.###} seconds"),
                error?.Trace ?? [], error?.Line ?? 0);
        if (error is not null)
            output.Fail(error);
        cell.Metadata["execution"] = new JsonObject
        {
            ["iopub.execute_input"] = Iso(begin),
            ["iopub.status.busy"] = Iso(begin),
            ["iopub.status.idle"] = Iso(begin + clock.Elapsed),
            ["shell.execute_reply"] = Iso(begin + clock.Elapsed),
        };
        return new CellRun(number, cell, clock.Elapsed, error, result.Interrupted,
            Allowed: (AllowErrors || cell.HasTag("raises-exception")) && !cancel.IsCancellationRequested);
    }

    private async Task<CellResult> Tell(string name, CellRecorder output, CancellationToken cancel)
    {
        output.Display(CellData.Of("text/markdown", await session.Describe(name, output, cancel).ConfigureAwait(false)));
        return new CellResult();
    }

    private void CheckLanguages()
    {
        if (notebook.Language != "csharp")
            throw new InputException($"the notebook is for a kernel of '{notebook.Language}'; expected C# cells");
        foreach (var (i, cell) in notebook.Cells.Index())
            if (cell.Kind == CellKind.Code && !cell.HasTag("skip-execution") && !cell.HasTag("raises-exception")
                && session.Refusal(cell.Source) is { } sentence)
                throw new InputException($"cell {i + 1}: {sentence}");
    }

    private static string Iso(DateTime time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}

/// <summary>How a cell of a run ended.</summary>
/// <param name="Number">Its position among all cells of the notebook, from 1.</param>
/// <param name="Cell">The cell.</param>
/// <param name="Time">How long it took.</param>
/// <param name="Error">Why it failed; null if it did not.</param>
/// <param name="Interrupted">Whether it was interrupted, by a signal or by its time limit.</param>
/// <param name="Allowed">Whether it may fail: it is tagged <c>raises-exception</c>, or errors are allowed.</param>
internal sealed record CellRun(int Number, NotebookCell Cell, TimeSpan Time, CellError? Error, bool Interrupted, bool Allowed)
{
    /// <summary>Whether the run ends after this cell.</summary>
    public bool Failed => Error is not null && !Allowed;
}
