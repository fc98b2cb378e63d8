using MoELab.Documents;
using MoELab.Documents.Html;

namespace MoELab.Cli.Commands;

/// <summary><c>notebook run</c> and <c>notebook convert</c>: notebooks without Jupyter.</summary>
internal static class NotebookCommand
{
    public static Command Create(CliContext context) => new("notebook", "run a notebook without Jupyter, or convert one")
    {
        CreateRun(context), CreateConvert(context),
    };

    private static Command CreateRun(CliContext context)
    {
        var file = new Argument<string>("FILE") { Description = "a notebook, .ipynb or .dib" };
        var parameters = new Option<string[]>("--parameter", "-p")
        {
            Description = "a value for a variable of the cell tagged 'parameters', as JSON or text; may be repeated",
            HelpName = "name=value",
            Arity = ArgumentArity.OneOrMore,
            DefaultValueFactory = _ => [],
        };
        var output = CliOptions.Of<string?>("--output", "write the notebook with its outputs", "OUT.ipynb");
        var html = CliOptions.Of<string?>("--html", "write the notebook as one HTML page that needs no network", "OUT.html");
        var timeout = CliOptions.Of<double?>("--timeout", "time limit of each cell in seconds (default: none)", "SECONDS");
        var allow = CliOptions.Of<bool>("--allow-errors", "go on after a failed cell");
        var (runs, json) = (RunOptions.Runs(), CliOptions.Json());
        return new Command("run", "run the cells from top to bottom in this process and the current directory, without Python or Jupyter")
        {
            file, parameters, output, html, timeout, allow, runs, json,
        }.WithAction(parsed =>
        {
            if (parsed.GetValue(timeout) is <= 0)
                throw new InputException("--timeout: expected a number of seconds greater than 0");
            // Before any folder is made for the outputs.
            var values = parsed.GetValue(parameters)!.Select(Parameter).ToList();
            var (ipynb, page) = (ToWrite(parsed.GetValue(output), "--output", ".ipynb"), ToWrite(parsed.GetValue(html), "--html", ".html"));
            var run = new NotebookRun(context, parsed.GetValue(file)!, new Lab(parsed.GetValue(runs)!, context.Catalog), ipynb, page);
            return run.Execute(values, parsed.GetValue(timeout), parsed.GetValue(allow), parsed.GetValue(json));
        });
    }

    private static Command CreateConvert(CliContext context)
    {
        var input = new Argument<string>("IN") { Description = "a notebook, .ipynb or .dib" };
        var output = new Argument<string>("OUT") { Description = "the file to write; its extension, .ipynb, .dib or .html, sets the format" };
        var (force, json) = (CliOptions.Force(), CliOptions.Json());
        return new Command("convert", "convert a notebook to .ipynb, .dib or .html") { input, output, force, json }.WithAction(parsed =>
        {
            var (from, to) = (parsed.GetValue(input)!, parsed.GetValue(output)!);
            var suffix = Path.GetExtension(to).ToLowerInvariant();
            if (suffix is not (".ipynb" or ".dib" or ".html"))
                throw new InputException($"{to}: unknown notebook format; expected a name that ends with .ipynb, .dib or .html");
            var notebook = NotebookDocument.Read(from);
            var path = CliFiles.ToWrite(to, parsed.GetValue(force));
            if (suffix == ".html")
                NotebookPage.Write(notebook, path);
            else
                notebook.Write(path);
            context.Write(parsed.GetValue(json), new JsonObject { ["output"] = path, ["cells"] = notebook.Cells.Count },
                string.Create(CultureInfo.InvariantCulture, $"{path}: {notebook.Cells.Count} cells"));
        });
    }

    private static KeyValuePair<string, string> Parameter(string text) => text.IndexOf('=', StringComparison.Ordinal) is var at and > 0
        ? new(text[..at].Trim(), text[(at + 1)..])
        : throw new InputException($"-p {text}: expected name=value");

    private static string? ToWrite(string? path, string option, string suffix) => path is null ? null
        : Path.GetExtension(path).Equals(suffix, StringComparison.OrdinalIgnoreCase) ? CliFiles.ToWrite(path)
        : throw new InputException($"{option} {path}: expected a name that ends with {suffix}");
}
