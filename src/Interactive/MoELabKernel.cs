using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;
using Microsoft.DotNet.Interactive.ValueSharing;
using MoELab.Cells;
using MoELab.Cells.CSharp;
using MoELab.Cells.Session;
using MoELab.Live;

namespace MoELab.Interactive;

/// <summary>A notebook session of MoELab, with its own C#, as a kernel of .NET Interactive: <c>#!moelab</c>.</summary>
internal sealed class MoELabKernel : Kernel,
    IKernelCommandHandler<SubmitCode>, IKernelCommandHandler<RequestCompletions>, IKernelCommandHandler<RequestDiagnostics>,
    IKernelCommandHandler<RequestHoverText>,
    IKernelCommandHandler<RequestValueInfos>, IKernelCommandHandler<RequestValue>, IKernelCommandHandler<SendValue>
{
    public const string KernelName = "moelab";

    private readonly SessionCells _cells;

    public MoELabKernel(Lab lab, LiveRuns live) : base(KernelName)
    {
        var session = new Lazy<NotebookSession>(() => NotebookHost.Create(lab, live));
        _cells = new SessionCells(this, session);
        KernelInfo.DisplayName = "moelab - MoELab";
        KernelInfo.LanguageName = "C#";
        KernelInfo.Description = "MoELab's own C# cells with lab, #!run, #!study, #!sql, #!plugin and #!cuda.";
        foreach (var directive in MagicLine.Directives(session))
            AddDirective<MagicLine>(directive, _cells.Submit);
    }

    private CSharpLanguage CSharp => _cells.Session.Default;

    Task IKernelCommandHandler<SubmitCode>.HandleAsync(SubmitCode command, KernelInvocationContext context) => _cells.Submit(command, context);

    Task IKernelCommandHandler<RequestCompletions>.HandleAsync(RequestCompletions command, KernelInvocationContext context) =>
        _cells.Answer(command, context, magicsOnly: false);

    Task IKernelCommandHandler<RequestDiagnostics>.HandleAsync(RequestDiagnostics command, KernelInvocationContext context) =>
        _cells.Answer(command, context, magicsOnly: false);

    Task IKernelCommandHandler<RequestHoverText>.HandleAsync(RequestHoverText command, KernelInvocationContext context) =>
        _cells.Answer(command, context, magicsOnly: false);

    Task IKernelCommandHandler<RequestValueInfos>.HandleAsync(RequestValueInfos command, KernelInvocationContext context)
    {
        context.Publish(new ValueInfosProduced([.. CSharp.Variables.Select(v =>
            new KernelValueInfo(v.Name, new FormattedValue("text/plain", Displays.Format(v.Value, ["text/plain"]).Plain), v.Type))], command));
        return Task.CompletedTask;
    }

    Task IKernelCommandHandler<RequestValue>.HandleAsync(RequestValue command, KernelInvocationContext context)
    {
        object? value = command.Name == "lab" ? _cells.Session.Lab : null;
        if (value is null && !_cells.Session.Languages.Values.Any(l => l.Get(command.Name, out value)))
            context.Fail(command, message: $"moelab has no variable '{command.Name}'");
        else
            context.Publish(new ValueProduced(value, command.Name,
                FormattedValue.CreateSingleFromObject(value, IsOurs(value) ? "text/plain" : command.MimeType), command));
        return Task.CompletedTask;
    }

    Task IKernelCommandHandler<SendValue>.HandleAsync(SendValue command, KernelInvocationContext context) =>
        SetValueAsync(command, context, (name, value, _) =>
    {
        CSharp.Set(name, value);
        return Task.CompletedTask;
    });

    // A lab or a run is passed as an object; as JSON it would contain every file that it can read.
    private static bool IsOurs(object? value) => value?.GetType().Namespace?.StartsWith(nameof(MoELab), StringComparison.Ordinal) == true;
}
