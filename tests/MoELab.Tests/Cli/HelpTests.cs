namespace MoELab.Tests.Cli;

public sealed class HelpTests
{
    [Theory]
    [InlineData("--help", "  plugins [NAME] ")]
    [InlineData("--help", "  send <RUN> <COMMAND> [PATH=VALUE] ")]
    [InlineData("--help", "  export <RUN> <DIR> ")]
    [InlineData("data --help", "  show [RECIPE] ")]
    [InlineData("data show --help", " data show [RECIPE] [options]")]
    [InlineData("plugins --help", " plugins [NAME] [options]")]
    [InlineData("plugins --help", "  [NAME]  show one plugin")]
    [InlineData("bench train --help", " bench train [RECIPE...] [options]")]
    [InlineData("resume --help", " resume <RUN> [options]")]
    public void Square_brackets_stand_around_what_can_be_left_out(string line, string part)
    {
        var help = CliRun.Of(line.Split(' '));
        Assert.Equal((0, ""), (help.Exit, help.Error));
        Assert.Contains(part, help.Output, StringComparison.Ordinal);
    }
}
