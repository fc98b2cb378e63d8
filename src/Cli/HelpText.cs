using System.CommandLine;
using System.Text;

namespace MoELab.Cli;

/// <summary>Writes help through with square brackets around the arguments that can be left out.</summary>
/// <param name="target">Where it goes.</param>
/// <param name="command">What the help is about.</param>
internal sealed class HelpText(TextWriter target, Command command) : TextWriter
{
    private readonly StringBuilder _line = new();

    /// <inheritdoc/>
    public override Encoding Encoding => target.Encoding;

    /// <inheritdoc/>
    public override void Write(char value)
    {
        _line.Append(value);
        if (value == '\n')
            Flush();
    }

    /// <inheritdoc/>
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
