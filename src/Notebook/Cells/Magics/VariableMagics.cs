using MoELab.Cells.CSharp;
using MoELab.Cells.Tables;

namespace MoELab.Cells.Magics;

/// <summary>Magics about variables: <c>#!who</c>, <c>#!whos</c>, <c>#!set</c>, <c>#!share</c>.</summary>
internal static class VariableMagics
{
    public static void AddTo(NotebookSession session)
    {
        session.Add(Magic.Of("who", "lists the names of the variables", c => c.Output.Print(string.Join(Environment.NewLine, Variables(session).Select(v => v.Name)) + Environment.NewLine)));
        session.Add(Magic.Of("whos", "lists the variables with type and value", c => c.Output.Display(Table(session))));
        session.Add(Magic.Of("share", "NAME --from LANGUAGE [--to LANGUAGE] [--as NAME]: copies a variable from one language to another", c => Share(session, c), words: w => Words(session, w, ["--from", "--to", "--as"], withVariables: true)));
        session.Add(Magic.Of("set", "--name NAME --value TEXT|@LANGUAGE:NAME [--to LANGUAGE]: sets a variable", c => Set(session, c), words: w => Words(session, w, ["--name", "--value", "--to"], withVariables: false)));
    }

    private static IEnumerable<CellCompletion> Words(NotebookSession session, IReadOnlyList<string> before, string[] options,
        bool withVariables) => before switch
        {
            [.., "--from" or "--to"] =>
                session.Languages.Values.OrderBy(l => l.Name, StringComparer.Ordinal).Select(l => new CellCompletion(l.Name, "Keyword", l.Help)),
            [.., "--as" or "--name" or "--value"] => [],
            [] when withVariables =>
                Variables(session).Select(v => new CellCompletion(v.Name, "Local", CSharpNames.Short(v.Type)))
                    .Concat(options.Select(o => new CellCompletion(o, "Keyword"))),
            _ => options.Where(o => !before.Contains(o)).Select(o => new CellCompletion(o, "Keyword")),
        };

    private static List<(string Name, Type Type, object? Value)> Variables(NotebookSession session) =>
        session.Default is CSharpLanguage csharp ? [.. csharp.Variables.Select(v => (v.Name, v.Type, (object?)v.Value))] : [];

    private static CellData Table(NotebookSession session)
    {
        var rows = Variables(session).Select(v => (object?[])[v.Name, CSharpNames.Short(v.Type), Short(v.Value)]).ToList();
        return CellTable.Of(["name", "type", "value"], rows, rows.Count == 0 ? "no variables yet" : null);
    }

    private static void Share(NotebookSession session, CellInvocation line)
    {
        var name = line.Arguments.Where((a, i) => !a.StartsWith("--", StringComparison.Ordinal) && (i == 0 || !line.Arguments[i - 1].StartsWith("--", StringComparison.Ordinal))).FirstOrDefault()
            ?? throw new InputException("#!share: no variable given; expected #!share NAME --from LANGUAGE");
        var from = Language(session, line.Option("--from") ?? throw new InputException($"#!share {name}: no language given; expected --from LANGUAGE"), "#!share");
        Language(session, line.Option("--to") ?? session.Default.Name, "#!share").Set(line.Option("--as") ?? name, Value(from, name, "#!share"));
    }

    private static void Set(NotebookSession session, CellInvocation line)
    {
        var name = line.Option("--name") ?? throw new InputException("#!set: no name given; expected #!set --name NAME --value VALUE");
        var text = line.Option("--value") ?? throw new InputException($"#!set --name {name}: no value given; expected --value TEXT or --value @LANGUAGE:NAME");
        object? value = text;
        if (text.StartsWith('@'))
        {
            var colon = text.IndexOf(':', StringComparison.Ordinal);
            var from = Language(session, colon < 0 ? session.Default.Name : text[1..colon], "#!set");
            value = Value(from, colon < 0 ? text[1..] : text[(colon + 1)..], "#!set");
        }
        Language(session, line.Option("--to") ?? session.Default.Name, "#!set").Set(name, value);
    }

    private static ICellLanguage Language(NotebookSession session, string name, string magic) => session.Languages.TryGetValue(name, out var language) ? language
        : throw new InputException($"{magic}: unknown language '{name}'; expected one of {string.Join(", ", session.Languages.Keys.Order(StringComparer.Ordinal))}");

    private static object? Value(ICellLanguage language, string name, string magic) => language.Get(name, out var value) ? value
        : throw new InputException($"{magic}: {language.Name} has no variable '{name}'");

    private static string Short(object? value)
    {
        var text = value is null ? "null" : value is string s ? $"\"{s}\"" : value.ToString() ?? "";
        text = text.ReplaceLineEndings(" ");
        return text.Length <= 100 ? text : text[..100] + "...";
    }
}
