using System.Text.Json.Serialization;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;
using Microsoft.DotNet.Interactive.Directives;
using MoELab.Cells;
using MoELab.Cells.Session;

namespace MoELab.DotNetInteractive;

/// <summary>
/// A line such as <c>#!run --name a --start</c> in a <c>#!moelab</c> cell. It is submitted as code together with the lines below it,
/// and all of it is passed to MoELab as it was typed.
/// </summary>
[method: JsonConstructor]
public sealed class MagicLine(string invokedDirective, string? word = null, string? name = null, bool start = false, bool watch = false,
    string? targetKernelName = null)
    : SubmitCode(Text(invokedDirective, word, name, start, watch), targetKernelName)
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

    /// <summary>The magics that a cell of this kernel takes, with what completes on their lines.</summary>
    internal static IEnumerable<KernelActionDirective> Directives(NotebookSession session)
    {
        yield return new("#!run", session.Languages["run"].Help)
        {
            Parameters = [First(session, "run"), new("--name", "the recipe's and the run's name"), new("--start", "train it now") { Flag = true }],
        };
        yield return new("#!sql", session.Languages["sql"].Help) { Parameters = [new("--name", "the variable that keeps the result")] };
        yield return new("#!plugin", session.Languages["plugin"].Help)
        {
            Subcommands = [.. Words(session, "plugin").Select(verb => new KernelActionDirective(verb)
            {
                KernelCommandType = typeof(MagicLine),
                Parameters = verb == "load"
                    ? [First(session, "plugin", verb), new("--watch", "load again when files change") { Flag = true }]
                    : [First(session, "plugin", verb)],
            })],
        };
    }

    private static KernelDirectiveParameter First(NotebookSession session, string magic, params string[] before) =>
        new KernelDirectiveParameter("--word") { AllowImplicitName = true }.AddCompletions(() => Words(session, magic, before));

    private static IEnumerable<string> Words(NotebookSession session, string magic, params string[] before) =>
        ((IMagicLine)session.Languages[magic]).Words(before).Select(w => w.Text).Where(w => !w.StartsWith('-'));

    private static string Text(string directive, string? word, string? name, bool start, bool watch)
    {
        // For diagnostics, the notebook drops every command, and with this one the lines below it. If this fails, it requests their
        // diagnostics separately.
        if (KernelInvocationContext.Current?.Command is RequestDiagnostics)
            throw new NotSupportedException("diagnostics are requested for the lines below");
        return directive + (word is null ? "" : " " + Quoted(word)) + (name is null ? "" : " --name " + Quoted(name))
            + (start ? " --start" : "") + (watch ? " --watch" : "");
    }

    private static string Quoted(string word) => word.Contains(' ', StringComparison.Ordinal) ? $"\"{word}\"" : word;
}
