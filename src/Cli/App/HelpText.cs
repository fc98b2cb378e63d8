namespace MoELab.Cli.App;

/// <summary>Passes help text through and puts square brackets around optional arguments.</summary>
internal sealed class HelpText(TextWriter target, Command command) : TextWriter
{
    private readonly StringBuilder _line = new();

    public override Encoding Encoding => target.Encoding;

    public override void Write(char value)
    {
        _line.Append(value);
        if (value == '\n')
            Flush();
    }

    public override void Flush()
    {
        var line = _line.ToString();
        _line.Clear();
        var about = command.Subcommands.FirstOrDefault(c => line.StartsWith($"  {c.Name} ", StringComparison.Ordinal)) ?? command;
        foreach (var name in about.Arguments.Where(a => a.HasDefaultValue || a.Arity.MinimumNumberOfValues == 0).Select(a => a.Name))
        {
            line = line.Replace($"[<{name}>...]", $"[{name}...]", StringComparison.Ordinal)
                .Replace($"[<{name}>]", $"[{name}]", StringComparison.Ordinal)
                .Replace($"<{name}>", $"[{name}]", StringComparison.Ordinal);
        }
        target.Write(line);
    }
}
