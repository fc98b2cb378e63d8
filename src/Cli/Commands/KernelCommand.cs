using MoELab.Jupyter;

namespace MoELab.Cli.Commands;

/// <summary><c>kernel install|run</c>: registers the notebook kernel with Jupyter, and runs it.</summary>
internal static class KernelCommand
{
    public static Command Create(CliContext context) => new("kernel", "install or run the Jupyter kernel of MoELab notebooks")
    {
        Install(context), Run(context),
    };

    private static Command Install(CliContext context)
    {
        var user = CliOptions.Of<bool>("--user", "install for your user only (the default)");
        var prefix = CliOptions.Of<string?>("--prefix", "install into DIR/share/jupyter, such as in a virtual environment", "DIR");
        var json = CliOptions.Json();
        return new Command("install", "register the notebook kernel; Jupyter then offers 'MoELab (C#)'") { user, prefix, json }.WithAction(parsed =>
        {
            if (parsed.GetValue(user) && parsed.GetValue(prefix) is not null)
                throw new InputException("kernel install: --user and --prefix cannot be combined; expected one of them");
            var folder = NotebookKernel.Install(parsed.GetValue(prefix));
            context.Write(parsed.GetValue(json), new JsonObject { ["kernel"] = "moelab", ["folder"] = folder },
                $"installed the kernel 'MoELab (C#)' into {folder}");
        });
    }

    private static Command Run(CliContext context)
    {
        var file = new Argument<string>("CONNECTION_FILE") { Description = "the file with ports and key, written by Jupyter" };
        // Not an asynchronous action, because those end on Ctrl-C in a terminal, which is not meant for kernels.
        return new Command("run", "run the notebook kernel; Jupyter calls this") { file }
            .WithAction(parsed => { NotebookKernel.Run(parsed.GetValue(file)!, context.Error).GetAwaiter().GetResult(); });
    }
}
