using System.CommandLine;
using System.Text.Json.Nodes;
using MoELab.Jupyter;
using MoELab.Recipes;

namespace MoELab.Cli.Commands;

/// <summary>The Jupyter kernel: telling Jupyter of it, and being it.</summary>
internal static class KernelCommand
{
    public static Command Create(CliContext context) => new("kernel", "the Jupyter kernel of MoELab notebooks") { Install(context), Run(context) };

    private static Command Install(CliContext context)
    {
        var user = new Option<bool>("--user") { Description = "for you alone; this is also the default" };
        var prefix = new Option<string?>("--prefix")
        {
            Description = "into DIR/share/jupyter, such as a virtual environment's folder",
            HelpName = "DIR",
        };
        var json = CliOptions.Json();
        var command = new Command("install", "tell Jupyter how to start the kernel; afterwards notebooks offer 'MoELab (C#)'") { user, prefix, json };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(user) && parsed.GetValue(prefix) is not null)
                throw new RecipeException("kernel install: --user and --prefix exclude each other; expected one of them");
            var folder = NotebookKernel.Install(parsed.GetValue(prefix));
            if (parsed.GetValue(json))
                context.WriteJson(new JsonObject { ["kernel"] = "moelab", ["folder"] = folder });
            else
                context.Output.WriteLine($"installed the kernel 'MoELab (C#)' into {folder}");
            return 0;
        });
        return command;
    }

    private static Command Run(CliContext context)
    {
        var file = new Argument<string>("CONNECTION_FILE") { Description = "the file with ports and key that Jupyter writes" };
        var command = new Command("run", "be the kernel; Jupyter calls this") { file };
        // Not an asynchronous action: those end at a terminal's Ctrl-C, which is not meant for kernels.
        command.SetAction(parsed =>
        {
            NotebookKernel.Run(parsed.GetValue(file)!, context.Error).GetAwaiter().GetResult();
            return 0;
        });
        return command;
    }
}
