using MoELab.Cells;
using MoELab.Cells.Session;
using MoELab.Plugins;
using MoELab.Tests.Training;

namespace MoELab.Tests.Notebook.Cells;

/// <summary>A session over tiny runs, cell by cell.</summary>
internal sealed class CellRunner : IDisposable
{
    public CellRunner()
    {
        Lab = new MoELab.Lab(Tiny.Runs, PluginCatalog.Discover());
        Session = NotebookHost.Create(Lab);
    }

    public TinyRuns Tiny { get; } = new();

    public MoELab.Lab Lab { get; }

    public NotebookSession Session { get; }

    /// <summary>Runs a cell that must succeed.</summary>
    public async Task<RecordedOutput> Run(string code)
    {
        var (result, output) = await Try(code);
        Assert.True(result.Succeeded, result.Error?.ToString());
        return output;
    }

    /// <summary>Runs a cell that must fail.</summary>
    public async Task<CellError> Fail(string code)
    {
        var (result, _) = await Try(code);
        Assert.NotNull(result.Error);
        return result.Error;
    }

    /// <summary>Completions at the bar in the text.</summary>
    public async Task<string[]> Complete(string code)
    {
        var cursor = code.IndexOf('|', StringComparison.Ordinal);
        var found = await Session.Complete(code.Remove(cursor, 1), cursor, new RecordedOutput(), TestContext.Current.CancellationToken);
        return [.. found.Items.Select(i => i.Text)];
    }

    /// <summary>The hover at the bar in the text.</summary>
    public async Task<string?> Hover(string code)
    {
        var cursor = code.IndexOf('|', StringComparison.Ordinal);
        return await Session.Hover(code.Remove(cursor, 1), cursor, new RecordedOutput(), TestContext.Current.CancellationToken);
    }

    /// <summary>Diagnostics as (the marked text, the sentence).</summary>
    public async Task<(string Marked, string Message)[]> Diagnose(string code) =>
        [.. (await Session.Diagnose(code, new RecordedOutput(), TestContext.Current.CancellationToken))
            .Select(d => (code[d.Start..d.End], d.Message))];

    public void Dispose()
    {
        Session.Dispose();
        Lab.Plugins.Dispose();
        Tiny.Dispose();
    }

    private async Task<(CellResult Result, RecordedOutput Output)> Try(string code)
    {
        var output = new RecordedOutput();
        return (await Session.Execute(code, output, TestContext.Current.CancellationToken), output);
    }
}
