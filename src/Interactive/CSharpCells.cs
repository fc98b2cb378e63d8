using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.CSharp;
using MoELab.Cells;
using MoELab.Cells.Session;
using MoELab.Live;

namespace MoELab.Interactive;

/// <summary>The notebook's own C# cells: live cards below those that start runs, and MoELab's magics with the lines below them.</summary>
internal static class CSharpCells
{
    /// <summary>Adds both to a kernel, which otherwise runs its cells as before.</summary>
    public static void Add(CSharpKernel kernel, Lab lab, LiveRuns live)
    {
        var variables = new HostVariables(kernel);
        var references = new CellReferences(kernel);
        var session = new Lazy<NotebookSession>(() => NotebookHost.Create(lab, live, variables));
        var cells = new SessionCells(kernel, session);
        foreach (var directive in MagicLine.Directives(session))
            kernel.AddDirective<MagicLine>(directive, Magic);
        kernel.AddMiddleware(async (command, context, next) =>
        {
            switch (command)
            {
                // The notebook takes a cell that is one magic for plain code, which the kernel would compile.
                case SubmitCode submit when submit is MagicLine || MagicLine.Starts(submit.Code):
                    await Magic(submit, context).ConfigureAwait(false);
                    break;
                case SubmitCode:
                    Charts.StayFirst();
                    await Plain(context, new KernelOutput(kernel, context, command), () => next(command, context)).ConfigureAwait(false);
                    break;
                default:
                    if (!await cells.Answer(command, context, magicsOnly: true).ConfigureAwait(false))
                        await next(command, context).ConfigureAwait(false);
                    break;
            }
        });

        // An interrupt first stops the training that the cell awaits, as in MoELab's own cells, and otherwise cancels the cell.
        async Task Plain(KernelInvocationContext context, KernelOutput output, Func<Task> cell)
        {
            using var running = new RunningCell(output);
            using var abort = running.Aborted.Register(() => _ = Task.Run(() => kernel.RootKernel.SendAsync(new Cancel(kernel.Name))));
            // The notebook drops what a cancelled cell declared, while its runs train in processes of their own.
            using var cancelled = context.CancellationToken.Register(() =>
            {
                if (live.Training is { Count: > 0 } training)
                    output.Print($"the cell was interrupted; {running.Left(training, isLost: true)}{Environment.NewLine}", error: true);
            });
            using var scope = CellContext.Enter(output);
            using var front = output.Lead();
            await Interrupts.While(running.Interrupt, cell).ConfigureAwait(false);
            references.Ran();
            live.Settle();
        }

        async Task Magic(SubmitCode line, KernelInvocationContext context)
        {
            await cells.Submit(line, context).ConfigureAwait(false);
            await variables.Flush().ConfigureAwait(false);
        }
    }
}
