using System.Text.Json.Serialization;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Directives;
using MoELab.Cells;
using MoELab.Cells.Plugins;
using MoELab.Cells.Session;

namespace MoELab.Interactive;

/// <summary>
/// A line such as <c>#!run --name a --start</c> in a C# or <c>#!moelab</c> cell. It is submitted as code together with the lines below it,
/// and all of it is passed to MoELab as it was typed.
/// </summary>
[method: JsonConstructor]
public sealed class MagicLine(string invokedDirective, string? word = null, string? name = null, bool start = false, bool watch = false,
    bool run = false, string? targetKernelName = null)
    : SubmitCode(Text(invokedDirective, word, name, start, watch, run), targetKernelName)
{
    /// <summary>The magic's name, with its verb if it has one.</summary>
    public string InvokedDirective => invokedDirective;

    /// <summary>Its first argument.</summary>
    public string? Word => word;

    /// <summary>The value of <c>--name</c>.</summary>
    public string? Name => name;

    /// <summary>Whether <c>--start</c> is given.</summary>
    public bool Start => start;

    /// <summary>Whether <c>--watch</c> is given.</summary>
    public bool Watch => watch;

    /// <summary>Whether <c>--run</c> is given.</summary>
    public bool Run => run;

    /// <summary>The magics' names.</summary>
    internal static IReadOnlyList<string> Names { get; } = ["#!run", "#!study", "#!sql", "#!plugin", "#!cuda"];

    /// <summary>Whether text starts with one of them.</summary>
    internal static bool Starts(string text) => Names.Any(n => text.StartsWith(n, StringComparison.Ordinal)
        && (text.Length == n.Length || char.IsWhiteSpace(text[n.Length])));

    /// <summary>The magics that a cell takes, with what completes on their lines.</summary>
    internal static IEnumerable<KernelActionDirective> Directives(Lazy<NotebookSession> session)
    {
        yield return new("#!run", "Defines the recipe in YAML on the lines below; --start also trains it")
        {
            Parameters = [First(session, "run"), new("--name", "the recipe's and the run's name"), new("--start", "train it now") { Flag = true }],
        };
        yield return new("#!study", "Shows the plan of the study in YAML on the lines below; --run also trains what is left of it and reports")
        {
            Parameters = [First(session, "study"), new("--name", "the study's name"), new("--run", "train what is left of it now") { Flag = true }],
        };
        yield return new("#!sql", "The lines below are SQL (DuckDB) over the tables runs, recipes, steps, metrics, counts, events")
        {
            Parameters = [new("--word") { AllowImplicitName = true }, new("--name", "the variable that keeps the result")],
        };
        yield return new("#!plugin", "define: the C# lines below become a plugin; or load, reload, list, options")
        {
            Subcommands = [.. PluginLanguage.Verbs.Select(verb => new KernelActionDirective(verb)
            {
                KernelCommandType = typeof(MagicLine),
                Parameters = verb == "load"
                    ? [First(session, "plugin", verb), new("--watch", "load again when files change") { Flag = true }]
                    : [First(session, "plugin", verb)],
            })],
        };
        yield return new("#!cuda", "The CUDA C++ below becomes the expert kernel NAME or a function over tensors")
        {
            Parameters = [new("--word", "its name") { AllowImplicitName = true }],
        };
    }

    private static KernelDirectiveParameter First(Lazy<NotebookSession> session, string magic, params string[] before) =>
        new KernelDirectiveParameter("--word") { AllowImplicitName = true }.AddCompletions(() => ((IMagicLine)session.Value.Languages[magic])
            .Words(before).Select(w => w.Text).Where(w => !w.StartsWith('-')));

    private static string Text(string directive, string? word, string? name, bool start, bool watch, bool run)
    {
        // For diagnostics, the notebook drops every command, and with this one the lines below it. If this fails, it requests their
        // diagnostics separately.
        if (KernelInvocationContext.Current?.Command is RequestDiagnostics)
            throw new NotSupportedException("diagnostics are requested for the lines below");
        return directive + (word is null ? "" : " " + Quoted(word)) + (name is null ? "" : " --name " + Quoted(name))
            + (start ? " --start" : "") + (watch ? " --watch" : "") + (run ? " --run" : "");
    }

    private static string Quoted(string word) => word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word;
}
