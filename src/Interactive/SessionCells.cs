using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;
using MoELab.Cells;
using MoELab.Cells.Session;
using DiagnosticSeverity = Microsoft.CodeAnalysis.DiagnosticSeverity;

namespace MoELab.Interactive;

/// <summary>Carries out commands of a kernel by a session of MoELab, which is made for the first of them.</summary>
internal sealed class SessionCells(Kernel kernel, Lazy<NotebookSession> session)
{
    public NotebookSession Session => session.Value;

    /// <summary>Runs code, below the magic's line if it has one.</summary>
    public async Task Submit(SubmitCode command, KernelInvocationContext context)
    {
        var output = new KernelOutput(kernel, context, command);
        using var front = output.Lead();
        await Interrupts.While(Session.Interrupt, async () =>
        {
            var result = await Session.Execute(CellText.Numbered(command), output, context.CancellationToken).ConfigureAwait(false);
            if (result.Error is { } error)
                context.Fail(command, message: string.Join('\n', [$"{error.Name}: {error.Message}", .. error.Trace]));
        }).ConfigureAwait(false);
    }

    /// <summary>Answers a question about code; returns false for other commands and, if so asked, for code that is not below a magic.</summary>
    public async Task<bool> Answer(KernelCommand command, KernelInvocationContext context, bool magicsOnly)
    {
        if (command switch
        {
            LanguageServiceCommand question => question.Code,
            RequestDiagnostics question => question.Code,
            _ => null
        } is not { } code || CellText.Of(command, code) is not { } text || (magicsOnly && !text.IsBelowMagic))
            return false;
        var output = new KernelOutput(kernel, context, command);
        switch (command)
        {
            case RequestCompletions question:
                var found = await Session.Complete(text.Text, text.Offset(question.LinePosition), output, context.CancellationToken)
                    .ConfigureAwait(false);
                var items = found.Items.Select((item, i) =>
                    new CompletionItem(item.Text, item.Kind, item.Text, i.ToString("D5", null), documentation: item.Documentation));
                // In lines of the cell: a front end takes the place in the code that it sent, which is that of the question's parent.
                context.Publish(new CompletionsProduced([.. items], text.Asked as RequestCompletions ?? question,
                    text.InCell(found.Start, found.End)));
                return true;
            case RequestDiagnostics:
                var wrong = await Session.Diagnose(text.Text, output, context.CancellationToken).ConfigureAwait(false);
                context.Publish(new DiagnosticsProduced([.. wrong.Select(d => Diagnostic(text.Span(d.Start, d.End), d))],
                    [.. wrong.Select(d => new FormattedValue("text/plain", d.Message))], command));
                return true;
            case RequestHoverText question:
                if (await Session.Hover(text.Text, text.Offset(question.LinePosition), output, context.CancellationToken).ConfigureAwait(false)
                    is { } markdown)
                    context.Publish(new HoverTextProduced(question, [new FormattedValue("text/markdown", markdown)],
                        new LinePositionSpan(question.LinePosition, question.LinePosition)));
                return true;
            default:
                return true;
        }
    }

    private static Diagnostic Diagnostic(LinePositionSpan span, CellDiagnostic found) =>
        new(span, found.IsError ? DiagnosticSeverity.Error : DiagnosticSeverity.Warning, "MOELAB", found.Message);
}
