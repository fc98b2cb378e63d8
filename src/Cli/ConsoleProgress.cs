namespace MoELab.Cli;

/// <summary>Writes progress messages of slow preparations as they arrive.</summary>
internal sealed class ConsoleProgress(TextWriter output) : IProgress<string>
{
    public void Report(string value) => output.WriteLine(value);
}
