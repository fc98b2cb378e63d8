namespace MoELab.Cli;

/// <summary>Sentences about slow preparations, written as they come.</summary>
internal sealed class Remarks(TextWriter output) : IProgress<string>
{
    public void Report(string value) => output.WriteLine(value);
}
