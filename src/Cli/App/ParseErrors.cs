using System.CommandLine.Parsing;

namespace MoELab.Cli.App;

/// <summary>Turns an error of the command-line parser into one sentence.</summary>
internal static class ParseErrors
{
    /// <summary>The first error, with the help command to run; null if there is none.</summary>
    public static string? Sentence(ParseResult parsed)
    {
        var command = parsed.CommandResult.Command;
        var line = string.Join(' ', Chain(parsed.CommandResult).Reverse());
        return First(parsed, command, line) is { } wrong ? $"{wrong} (see '{line} --help')" : null;
    }

    // For commands that take names, the parser takes an unknown option such as --foo for a name. After --, everything is an argument.
    private static string? OptionAmongArguments(ParseResult parsed) => parsed.Tokens.Any(t => t.Type == TokenType.DoubleDash)
        ? null
        : parsed.CommandResult.Children.OfType<ArgumentResult>().SelectMany(a => a.Tokens).Select(t => t.Value)
            .FirstOrDefault(v => v.StartsWith("--", StringComparison.Ordinal));

    private static string? First(ParseResult parsed, Command command, string line)
    {
        if (parsed.Errors.Count > 0 && parsed.UnmatchedTokens.Count > 0)
            return Unmatched(parsed.UnmatchedTokens[0], command, line);
        if (OptionAmongArguments(parsed) is { } token)
            return UnknownOption(token, command, line);
        if (parsed.Errors.Count == 0)
            return null;
        var error = parsed.Errors[0];
        return error.SymbolResult switch
        {
            OptionResult { Tokens.Count: > 0, Option: Option<string> } => error.Message,
            OptionResult { Tokens.Count: > 0 } option => Invalid(option.Option.Name, option, option.Option.ValueType),
            OptionResult { IdentifierToken: not null } option => $"{option.Option.Name} needs a value",
            OptionResult option => $"'{line}' needs {option.Option.Name} {option.Option.HelpName}".TrimEnd(),
            ArgumentResult { Parent: OptionResult option, Tokens.Count: 0 } => $"{option.Option.Name} needs a value",
            ArgumentResult { Parent: OptionResult option } argument => Invalid(option.Option.Name, argument, option.Option.ValueType),
            ArgumentResult { Tokens.Count: > 0 } argument => Invalid(argument.Argument.Name, argument, argument.Argument.ValueType),
            ArgumentResult argument => $"'{line}' needs {argument.Argument.Name}",
            CommandResult result when result.Command.Options.FirstOrDefault(o => o.Required
                && parsed.GetResult(o) is null) is { } missing => $"'{line}' needs {missing.Name} {missing.HelpName}".TrimEnd(),
            CommandResult result when result.Command.Subcommands.Count > 0 =>
                $"'{line}' needs one of {string.Join(", ", result.Command.Subcommands.Select(c => c.Name))}",
            CommandResult result when result.Command.Arguments.FirstOrDefault(a => a.Arity.MinimumNumberOfValues > 0
                && parsed.GetResult(a) is not { Tokens.Count: > 0 }) is { } missing => $"'{line}' needs {missing.Name}",
            _ => error.Message.TrimEnd('.'),
        };
    }

    private static string Invalid(string name, SymbolResult given, Type type) =>
        $"{name}: '{given.Tokens[^1].Value}' is invalid; expected {Expected(type)}";

    private static string Unmatched(string token, Command command, string line)
    {
        if (token.StartsWith('-'))
            return UnknownOption(token, command, line);
        return command.Subcommands.Count > 0
            ? $"unknown command '{token}'{Names.Hint(token, [.. command.Subcommands.Select(c => c.Name)])}"
            : $"unexpected argument '{token}'";
    }

    private static string UnknownOption(string token, Command command, string line) =>
        $"unknown option '{token}' for '{line}'{Names.Hint(token, [.. command.Options.Where(o => !o.Hidden).Select(o => o.Name)])}";

    private static IEnumerable<string> Chain(CommandResult result)
    {
        for (var at = result; at is not null; at = at.Parent as CommandResult)
            yield return at.Command is RootCommand ? "moelab" : at.Command.Name;
    }

    private static string Expected(Type type) => (Nullable.GetUnderlyingType(type) ?? type) switch
    {
        var t when t == typeof(int) || t == typeof(long) => "a whole number",
        var t when t == typeof(double) => "a number",
        var t when t == typeof(bool) => "true or false",
        _ => "one value",
    };
}
