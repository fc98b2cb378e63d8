using MoELab.Cells.CSharp;
using MoELab.Cells.Tables;

namespace MoELab.Cells.Magics;

/// <summary>Magics about variables: <c>#!who</c>, <c>#!whos</c>, <c>#!set</c>, <c>#!share</c>.</summary>
/// <param name="csharp">The language whose variables are listed, and the default of the others.</param>
/// <param name="languages">The languages between which values move, by name.</param>
internal sealed class VariableMagics(CSharpLanguage csharp, IReadOnlyDictionary<string, ICellLanguage> languages)
{
    public IEnumerable<Magic> All =>
    [
        Magic.Of("who", "lists the names of the variables",
            c => c.Output.Print(string.Join(Environment.NewLine, csharp.Variables.Select(v => v.Name)) + Environment.NewLine)),
        Magic.Of("whos", "lists the variables with type and value", c => c.Output.Display(Table())),
        Magic.Of("share", "NAME --from LANGUAGE [--to LANGUAGE] [--as NAME]: copies a variable from one language to another", Share,
            words: w => Words(w, ["--from", "--to", "--as"], withVariables: true)),
        Magic.Of("set", "--name NAME --value TEXT|@LANGUAGE:NAME [--to LANGUAGE]: sets a variable", Set,
            words: w => Words(w, ["--name", "--value", "--to"], withVariables: false)),
    ];

    private IEnumerable<CellCompletion> Words(IReadOnlyList<string> before, string[] options, bool withVariables) => before switch
    {
        [.., "--from" or "--to"] =>
            languages.Values.OrderBy(l => l.Name, StringComparer.Ordinal).Select(l => new CellCompletion(l.Name, "Keyword", l.Help)),
        [.., "--as" or "--name" or "--value"] => [],
        [] when withVariables =>
            csharp.Variables.Select(v => new CellCompletion(v.Name, "Local", CSharpNames.Short(v.Type)))
                .Concat(options.Select(o => new CellCompletion(o, "Keyword"))),
        _ => options.Where(o => !before.Contains(o)).Select(o => new CellCompletion(o, "Keyword")),
    };

    private CellData Table()
    {
        var rows = csharp.Variables.Select(v => (object?[])[v.Name, CSharpNames.Short(v.Type), Short(v.Value)]).ToList();
        return CellTable.Of(["name", "type", "value"], rows, rows.Count == 0 ? "no variables yet" : null);
    }

    private void Share(CellInvocation line)
    {
        static bool IsOption(string word) => word.StartsWith("--", StringComparison.Ordinal);
        var name = line.Arguments.Where((a, i) => !IsOption(a) && (i == 0 || !IsOption(line.Arguments[i - 1]))).FirstOrDefault()
            ?? throw new InputException("#!share: no variable given; expected #!share NAME --from LANGUAGE");
        var language = line.Option("--from") ?? throw new InputException($"#!share {name}: no language given; expected --from LANGUAGE");
        var from = Language(language, "#!share");
        Language(line.Option("--to") ?? csharp.Name, "#!share").Set(line.Option("--as") ?? name, Value(from, name, "#!share"));
    }

    private void Set(CellInvocation line)
    {
        var name = line.Option("--name") ?? throw new InputException("#!set: no name given; expected #!set --name NAME --value VALUE");
        var text = line.Option("--value")
            ?? throw new InputException($"#!set --name {name}: no value given; expected --value TEXT or --value @LANGUAGE:NAME");
        object? value = text;
        if (text.StartsWith('@'))
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            var from = Language(colon < 0 ? csharp.Name : text[1..colon], "#!set");
            value = Value(from, colon < 0 ? text[1..] : text[(colon + 1)..], "#!set");
        }
        Language(line.Option("--to") ?? csharp.Name, "#!set").Set(name, value);
    }

    private ICellLanguage Language(string name, string magic) => languages.TryGetValue(name, out var language) ? language
        : throw new InputException($"{magic}: unknown language '{name}'; expected one of "
            + string.Join(", ", languages.Keys.Order(StringComparer.Ordinal)));

    private static object? Value(ICellLanguage language, string name, string magic) => language.Get(name, out var value) ? value
        : throw new InputException($"{magic}: {language.Name} has no variable '{name}'");

    private static string Short(object? value)
    {
        var text = value is null ? "null" : value is string s ? $"\"{s}\"" : value.ToString() ?? "";
        text = text.ReplaceLineEndings(" ");
        return text.Length <= 100 ? text : text[..100] + "...";
    }
}
