using System.CommandLine;
using MoELab.Cli.Commands;
using MoELab.Recipes;

namespace MoELab.Cli;

/// <summary>
/// The command line: every command is one static class in <c>Commands</c> with <c>Create(CliContext)</c>, listed here.
/// Exit codes: 0 done, 1 something failed, 2 input that cannot be used.
/// </summary>
public static class CliApp
{
    private static readonly Func<CliContext, Command>[] Commands =
    [
        QuickstartCommand.Create,
        TrainCommand.Create,
        TrainCommand.CreateResume,
        RunsCommand.Create,
        RunsCommand.CreateShow,
        ReportCommand.Create,
        ModelCommands.CreateGenerate,
        ModelCommands.CreateExport,
        ProfileCommand.Create,
        RecipeCommand.Create,
        PluginsCommand.Create,
        DoctorCommand.Create,
        BalancerCommand.Create,
    ];

    /// <summary>Runs one command; tests call it in their own process.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Standard output: results, and with <c>--json</c> exactly one JSON document.</param>
    /// <param name="error">Standard error: everything else.</param>
    /// <param name="catalog">Plugins to use instead of discovering those beside the program.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error, Plugins.PluginCatalog? catalog = null)
    {
        var context = new CliContext(output, error, catalog);
        var root = new RootCommand("MoELab: train and study sparse mixture-of-experts language models");
        foreach (var create in Commands)
            root.Subcommands.Add(create(context));
        var configuration = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false };
        try
        {
            var parsed = root.Parse(args);
            var exit = parsed.Invoke(configuration);
            return parsed.Errors.Count > 0 ? CliContext.BadInput : exit;
        }
        catch (RecipeException e)
        {
            error.WriteLine($"moelab: {e.Message}");
            return CliContext.BadInput;
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("moelab: stopped");
            return CliContext.Failed;
        }
#pragma warning disable CA1031 // The edge of the program: whatever went wrong is said in one line.
        catch (Exception e)
#pragma warning restore CA1031
        {
            error.WriteLine($"moelab: {Describe(e)}");
            if (Environment.GetEnvironmentVariable("MOELAB_TRACE") == "1")
                error.WriteLine(e);
            return CliContext.Failed;
        }
    }

    private static string Describe(Exception e) => e switch
    {
        IOException or UnauthorizedAccessException => e.Message,
        TypeInitializationException { InnerException: { } inner } => Describe(inner),
        _ => $"{e.GetType().Name}: {e.Message} (MOELAB_TRACE=1 shows where)",
    };
}
