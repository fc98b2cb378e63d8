using Spectre.Console;

namespace MoELab.Cli;

/// <summary>What every command shares: where results and messages go, and the available plugins.</summary>
public sealed class CliContext
{
    /// <summary>Exit code of a command that failed.</summary>
    public const int Failed = 1;

    /// <summary>Exit code for invalid input.</summary>
    public const int BadInput = 2;

    private readonly Lazy<PluginCatalog> _catalog;
    private bool _hasWrittenJson;

    internal CliContext(TextWriter output, TextWriter error, PluginCatalog? catalog)
    {
        (Output, Error) = (output, error);
        _catalog = new(() => catalog ?? PluginCatalog.Discover());
        Console = ConsoleOn(output);
        ErrorConsole = ConsoleOn(error);
    }

    /// <summary>Standard output: results only.</summary>
    public TextWriter Output { get; }

    /// <summary>Standard error: progress, notes, errors.</summary>
    public TextWriter Error { get; }

    /// <summary>Tables and colours on standard output; plain lines if it is not a terminal.</summary>
    public IAnsiConsole Console { get; }

    /// <summary>Progress on standard error; plain lines if it is not a terminal.</summary>
    public IAnsiConsole ErrorConsole { get; }

    /// <summary>Receives the messages of slow preparations.</summary>
    internal IProgress<string> Progress => new ConsoleProgress(Error);

    /// <summary>The available plugins, discovered on first use.</summary>
    public PluginCatalog Catalog => _catalog.Value;

    /// <summary>Writes the JSON document of a <c>--json</c> call.</summary>
    public void WriteJson(JsonNode document)
    {
        _hasWrittenJson = true;
        Output.WriteLine(document.ToJsonString(CliJson.Indented));
    }

    /// <summary>Writes a result: the document with <c>--json</c>, otherwise the line.</summary>
    internal void Write(bool json, JsonNode document, string line)
    {
        if (json)
            WriteJson(document);
        else
            Output.WriteLine(line);
    }

    /// <summary>Writes a table whose headings and cells are plain text.</summary>
    internal void WriteTable(IEnumerable<string> columns, IEnumerable<IEnumerable<string>> rows, bool border = true)
    {
        var table = new Table().Border(border ? TableBorder.Simple : TableBorder.None).AddColumns([.. columns.Select(Markup.Escape)]);
        foreach (var row in rows)
            table.AddRow([.. row.Select(Markup.Escape)]);
        Console.Write(table);
    }

    /// <summary>Warns of the first damaged rows in a run's logs.</summary>
    internal void WarnOfDamage(RunReader run)
    {
        foreach (var row in run.Damaged.Take(3))
            Error.WriteLine($"warning: run '{run.Name}' is damaged: {row}");
    }

    /// <summary>Reports why a command failed: a sentence on standard error, and <c>{"error": sentence}</c> with <c>--json</c>.</summary>
    internal int Fail(string sentence, int code, bool json)
    {
        Error.WriteLine($"moelab: {sentence}");
        if (json && !_hasWrittenJson)
            WriteJson(new JsonObject { ["error"] = sentence });
        return code;
    }

    private static IAnsiConsole ConsoleOn(TextWriter writer)
    {
        var terminal = (ReferenceEquals(writer, System.Console.Out) && !System.Console.IsOutputRedirected)
            || (ReferenceEquals(writer, System.Console.Error) && !System.Console.IsErrorRedirected);
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = terminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = terminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = terminal ? InteractionSupport.Detect : InteractionSupport.No,
        });
        // A pipe has no width, and wrapping would break lines that scripts search.
        if (!terminal)
            console.Profile.Width = 200;
        return console;
    }
}
