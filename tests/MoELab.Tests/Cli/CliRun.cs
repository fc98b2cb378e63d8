using MoELab.Cli.App;
using MoELab.Plugins;
using MoELab.Tests.Recipes;

namespace MoELab.Tests.Cli;

/// <summary>One call of the command line in this process.</summary>
internal sealed record CliRun(int Exit, string Output, string Error)
{
    public JsonNode Json => JsonNode.Parse(Output)!;

    public static CliRun Of(params string[] args) => With(PlainOptimizer.Catalog(), args);

    public static CliRun With(PluginCatalog catalog, params string[] args)
    {
        using StringWriter output = new(), error = new();
        var exit = CliApp.Run(args, output, error, catalog);
        return new CliRun(exit, output.ToString(), error.ToString());
    }

    /// <summary>Checks that the call was refused in one line on standard error, with nothing on standard output.</summary>
    public string Refused(int exit = 2)
    {
        Assert.Equal((exit, ""), (Exit, Output));
        var line = Assert.Single(Error.Split('\n', StringSplitOptions.RemoveEmptyEntries));
        Assert.StartsWith("moelab: ", line, StringComparison.Ordinal);
        Assert.DoesNotContain("Exception", line, StringComparison.Ordinal);
        return line["moelab: ".Length..];
    }
}
