using System.Text.Json.Nodes;
using MoELab.Cli;
using MoELab.Tests.Recipes;

namespace MoELab.Tests.Cli;

/// <summary>One call of the command line in this process.</summary>
internal sealed record CliRun(int Exit, string Output, string Error)
{
    public JsonNode Json => JsonNode.Parse(Output)!;

    public static CliRun Of(params string[] args)
    {
        using StringWriter output = new(), error = new();
        var exit = CliApp.Run(args, output, error, PlainOptimizer.Catalog());
        return new CliRun(exit, output.ToString(), error.ToString());
    }
}
