using System.CommandLine.Help;
using MoELab.Cli.Clusters;
using MoELab.Cli.Commands;
using MoELab.Cli.Studies;
using MoELab.Interop.Host;

namespace MoELab.Cli.App;

/// <summary>
/// The command line: every command is one static class in <c>Commands</c> with <c>Create(CliContext)</c>, listed here.
/// Exit codes: 0 success, 1 failure, 2 invalid input.
/// </summary>
public static class CliApp
{
    private static readonly Func<CliContext, Command>[] Commands =
    [
        QuickstartCommand.Create,
        TrainCommand.Create,
        TrainCommand.CreateResume,
        BranchCommand.Create,
        ClusterCommands.CreateSubmit,
        ClusterCommands.CreateJobs,
        ClusterCommands.CreateCancel,
        RunsCommand.Create,
        RunsCommand.CreateShow,
        CompareCommand.Create,
        StudyCommand.Create,
        ReportCommand.Create,
        SendCommand.Create,
        ModelCommands.CreateGenerate,
        ModelCommands.CreateExport,
        LogitsCommand.Create,
        ProfileCommand.Create,
        BenchCommand.Create,
        RecipeCommand.Create,
        DataCommand.Create,
        PluginsCommand.Create,
        DoctorCommand.Create,
        BalancerCommand.Create,
        SandboxCommand.Create,
        KernelCommand.Create,
        LabCommand.Create,
        BoardCommand.Create,
        NotebookCommand.Create,
    ];

    /// <summary>Runs one command. Tests call it within their own process.</summary>
    /// <param name="args">The arguments, without the program's name.</param>
    /// <param name="output">Standard output: results, and with <c>--json</c> exactly one JSON document.</param>
    /// <param name="error">Standard error: everything else.</param>
    /// <param name="catalog">The plugins to use; null discovers those next to the program.</param>
    /// <returns>The exit code.</returns>
    public static int Run(string[] args, TextWriter output, TextWriter error, Plugins.PluginCatalog? catalog = null)
    {
        var context = new CliContext(output, error, catalog);
        var json = args.Contains("--json");
        var configuration = new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false };
        try
        {
            // No response files, because a text or a prompt may begin with '@'.
            var parsed = Root(context).Parse(args.Length == 0 ? ["--help"] : args, new ParserConfiguration { ResponseFileTokenReplacer = null });
            if (parsed.Action is HelpAction)
                configuration.Output = new HelpText(output, parsed.CommandResult.Command);
            return ParseErrors.Sentence(parsed) is { } wrong ? context.Fail(wrong, CliContext.BadInput, json) : parsed.Invoke(configuration);
        }
        catch (MoELabException e)
        {
            return context.Fail(e.Message, e is RunException ? CliContext.Failed : CliContext.BadInput, json);
        }
        catch (OperationCanceledException)
        {
            return context.Fail("stopped", CliContext.Failed, json);
        }
#pragma warning disable CA1031 // The edge of the program: every error is reported in one line.
        catch (Exception e)
#pragma warning restore CA1031
        {
            var code = context.Fail(Describe(e), CliContext.Failed, json);
            if (Environment.GetEnvironmentVariable("MOELAB_TRACE") == "1")
                error.WriteLine(e);
            return code;
        }
    }

    /// <summary>The root command with every command below it.</summary>
    internal static RootCommand Root(CliContext context)
    {
        var root = new RootCommand("MoELab: train and study sparse mixture-of-experts language models");
        foreach (var create in Commands)
            root.Subcommands.Add(create(context));
        return root;
    }

    // libtorch appends its native stack to a message; only the first line is useful.
    private static string Describe(Exception e) => e switch
    {
        _ when MemoryError.Is(e) => MemoryError.Reason(e),
        IOException or UnauthorizedAccessException => $"a file or folder cannot be read or written ({e.Message.TrimEnd('.')})",
        TypeInitializationException { InnerException: { } inner } => Describe(inner),
        AggregateException { InnerException: { } inner } => Describe(inner),
        _ => $"{e.GetType().Name}: {e.Message.Split('\n')[0].Trim()} (set MOELAB_TRACE=1 for a stack trace)",
    };
}
