using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;
using Microsoft.DotNet.Interactive.ValueSharing;
using MoELab.Cells;
using MoELab.Cells.Session;

namespace MoELab.DotNetInteractive;

/// <summary>A notebook session of MoELab as a kernel of .NET Interactive: <c>#!moelab</c>.</summary>
public sealed class MoELabKernel : Kernel,
    IKernelCommandHandler<SubmitCode>, IKernelCommandHandler<RequestCompletions>, IKernelCommandHandler<RequestDiagnostics>,
    IKernelCommandHandler<RequestHoverText>,
    IKernelCommandHandler<RequestValueInfos>, IKernelCommandHandler<RequestValue>, IKernelCommandHandler<SendValue>
{
    private readonly NotebookSession _session;

    internal MoELabKernel(NotebookSession session) : base("moelab")
    {
        _session = session;
        KernelInfo.DisplayName = "moelab - MoELab";
        KernelInfo.LanguageName = "C#";
        KernelInfo.Description = "Trains and looks into sparse mixture-of-experts language models: C# with lab, #!run, #!sql and #!plugin.";
        foreach (var directive in MagicLine.Directives(session))
            AddDirective<MagicLine>(directive, Submit);
        RegisterForDisposal(session);
        RegisterForDisposal(session.Lab.Plugins);
    }

    Task IKernelCommandHandler<SubmitCode>.HandleAsync(SubmitCode command, KernelInvocationContext context) => Submit(command, context);

    async Task IKernelCommandHandler<RequestCompletions>.HandleAsync(RequestCompletions command, KernelInvocationContext context)
    {
        var text = CellText.Of(command, command.Code);
        var found = await _session.Complete(text.Text, text.Offset(command.LinePosition), new KernelOutput(this, context, command),
            context.CancellationToken).ConfigureAwait(false);
        var items = found.Items.Select((item, i) =>
            new CompletionItem(item.Text, item.Kind, item.Text, i.ToString("D5", null), documentation: item.Documentation));
        context.Publish(new CompletionsProduced([.. items], command, text.Span(found.Start, found.End)));
    }

    async Task IKernelCommandHandler<RequestDiagnostics>.HandleAsync(RequestDiagnostics command, KernelInvocationContext context)
    {
        var text = CellText.Of(command, command.Code);
        var found = await _session.Diagnose(text.Text, new KernelOutput(this, context, command), context.CancellationToken).ConfigureAwait(false);
        context.Publish(new DiagnosticsProduced([.. found.Select(d => Diagnostic(text.Span(d.Start, d.End), d))],
            [.. found.Select(d => new FormattedValue("text/plain", d.Message))], command));
    }

    async Task IKernelCommandHandler<RequestHoverText>.HandleAsync(RequestHoverText command, KernelInvocationContext context)
    {
        var text = CellText.Of(command, command.Code);
        if (await _session.Hover(text.Text, text.Offset(command.LinePosition), new KernelOutput(this, context, command),
            context.CancellationToken).ConfigureAwait(false) is { } markdown)
            context.Publish(new HoverTextProduced(command, [new FormattedValue("text/markdown", markdown)],
                new LinePositionSpan(command.LinePosition, command.LinePosition)));
    }

    Task IKernelCommandHandler<RequestValueInfos>.HandleAsync(RequestValueInfos command, KernelInvocationContext context)
    {
        var variables = _session.Default.Variables;
        context.Publish(new ValueInfosProduced([.. variables.Select(v =>
            new KernelValueInfo(v.Name, new FormattedValue("text/plain", Displays.Format(v.Value, ["text/plain"]).Plain), v.Type))], command));
        return Task.CompletedTask;
    }

    Task IKernelCommandHandler<RequestValue>.HandleAsync(RequestValue command, KernelInvocationContext context)
    {
        object? value = command.Name == "lab" ? _session.Lab : null;
        if (value is null && !_session.Languages.Values.Any(l => l.Get(command.Name, out value)))
            context.Fail(command, message: $"moelab has no variable '{command.Name}'");
        else
            context.Publish(new ValueProduced(value, command.Name,
                FormattedValue.CreateSingleFromObject(value, IsOurs(value) ? "text/plain" : command.MimeType), command));
        return Task.CompletedTask;
    }

    Task IKernelCommandHandler<SendValue>.HandleAsync(SendValue command, KernelInvocationContext context) =>
        SetValueAsync(command, context, (name, value, _) =>
    {
        _session.Default.Set(name, value);
        return Task.CompletedTask;
    });

    private async Task Submit(SubmitCode command, KernelInvocationContext context)
    {
        var result = await _session.Execute(CellText.Numbered(command), new KernelOutput(this, context, command), context.CancellationToken)
            .ConfigureAwait(false);
        if (result.Error is { } error)
            context.Fail(command, message: string.Join('\n', [$"{error.Name}: {error.Message}", .. error.Trace]));
    }

    // A lab or a run is passed as an object; as JSON it would contain every file that it can read.
    private static bool IsOurs(object? value) => value?.GetType().Namespace?.StartsWith(nameof(MoELab), StringComparison.Ordinal) == true;

    // The severity's type is that of the notebook's Roslyn, which is another than MoELab's.
    private static Diagnostic Diagnostic(LinePositionSpan span, CellDiagnostic found)
    {
        var severity = Enum.Parse(typeof(Diagnostic).GetProperty(nameof(Microsoft.DotNet.Interactive.Diagnostic.Severity))!.PropertyType,
            found.IsError ? "Error" : "Warning");
        return (Diagnostic)Activator.CreateInstance(typeof(Diagnostic), span, severity, "MOELAB", found.Message)!;
    }
}
