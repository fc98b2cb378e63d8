using MoELab.Cells.CSharp;
using MoELab.Cells.Tables;
using MoELab.Plugins;

namespace MoELab.Cells.Plugins;

/// <summary>
/// Cells about plugins: <c>#!plugin define</c> compiles the lines below it as a library; the other verbs list, show and load plugins.
/// </summary>
internal sealed class PluginLanguage(Lab lab, CSharpLanguage csharp, ICellVariables variables) : ICellLanguage, IMagicLine
{
    /// <summary>The first word of its line.</summary>
    public static IReadOnlyList<string> Verbs { get; } = ["define", "load", "reload", "list", "options"];

    public string Name => "plugin";
    public string Help => "define: the C# lines below become a plugin | load FOLDER [--watch] | reload [NAME] | list [KIND] | options NAME";
    private PluginCatalog Catalog => lab.Plugins;

    public Task<CellResult> Execute(CellInvocation cell, CancellationToken cancel)
    {
        var word = cell.Arguments.Count > 0 ? cell.Arguments[0] : "list";
        if (!Verbs.Contains(word))
            throw new InputException($"#!plugin {word}: unknown command{Names.Hint(word, Verbs)}");
        if (word != "define" && !string.IsNullOrWhiteSpace(cell.Body))
            throw new InputException($"#!plugin {word}: no lines are allowed below it; move them above it or to another cell");
        switch (word)
        {
            case "define":
                return Task.FromResult(Define(cell));
            case "load":
                Load(Argument(cell, "load", "FOLDER"), cell);
                break;
            case "reload":
                Reload(cell.Arguments.Skip(1).FirstOrDefault(), cell);
                break;
            case "options":
                cell.Output.Display(Options(Argument(cell, "options", "NAME")));
                break;
            default:
                cell.Output.Display(List(cell.Arguments.Skip(1).FirstOrDefault()));
                break;
        }
        return Task.FromResult(new CellResult());
    }

    public Task<CellCompletions> Complete(CellInvocation cell, int cursor, CancellationToken cancel) => csharp.Complete(cell, cursor, cancel);

    public Task<IReadOnlyList<CellDiagnostic>> Diagnose(CellInvocation cell, CancellationToken cancel) =>
        Task.Run(() => cell.Arguments is ["define", ..] ? CellPlugin.Diagnose(cell.Body, Variables()) : [], cancel);

    public Task<string?> Hover(CellInvocation cell, int cursor, CancellationToken cancel) => csharp.Hover(cell, cursor, cancel);

    public void Set(string name, object? value) => throw new InputException(
        $"'{name}': plugins cannot see variables, because they also run in other processes; pass it as an option");

    public IEnumerable<CellCompletion> Words(IReadOnlyList<string> before) => before switch
    {
        [] => Verbs.Select(v => new CellCompletion(v, "Keyword")),
        ["options"] => Catalog.All.OrderBy(p => p.Name, StringComparer.Ordinal).Select(p => new CellCompletion(p.Name, "Class", p.Summary)),
        ["reload"] => Catalog.All.Where(p => p.FromFolder).Select(p => new CellCompletion(p.Name, "Class", p.Summary)),
        ["list"] => Catalog.All.Select(Kind).Distinct().Select(k => new CellCompletion(k, "Keyword")),
        ["load", _] => [new CellCompletion("--watch", "Keyword", "load again when files change")],
        _ => [],
    };

    private CellResult Define(CellInvocation cell)
    {
        try
        {
            var plugins = CellPlugin.Define(cell.Body, lab, Variables(), cell.FirstLine);
            if (cell.Arguments.Skip(1).FirstOrDefault() is { } name && plugins.All(p => p.Name != name))
                throw new InputException($"#!plugin define {name}: the lines below define "
                    + $"{string.Join(", ", plugins.Select(p => $"'{p.Name}'"))}; expected the name in [Plugin(\"{name}\", ...)]");
            cell.Output.Display(CellTable.Of(["kind", "plugin", "summary", "options"],
                [.. plugins.Select(p => (object?[])[PluginRules.NameOf(p.Kind), p.Id, p.Summary,
                    string.Join(", ", p.Options.Select(o => $"{o.Name} = {OptionText.Default(o)}"))])]));
            return new CellResult();
        }
        catch (CellPluginException e)
        {
            return new CellResult(new CellError(e.Code, e.Message, [], e.Line > 0 ? e.Line : cell.FirstLine));
        }
    }

    private void Load(string folder, CellInvocation cell)
    {
        if (!Directory.Exists(folder))
            throw new InputException($"#!plugin load {folder}: no such folder");
        var folders = Directory.EnumerateFiles(folder, "*.dll").Any() ? [folder]
            : Directory.GetDirectories(folder).Where(d => PluginFolder.Find(d) is not null).Order(StringComparer.Ordinal).ToArray();
        if (folders.Length == 0)
            throw new InputException($"#!plugin load {folder}: neither it nor a folder in it contains a plugin assembly");
        foreach (var one in folders)
            Catalog.Reload(one);
        var plugins = folders.SelectMany(Catalog.Define).ToArray();
        if (cell.Flag("--watch"))
            Catalog.Watch();
        cell.Output.Display(Table(plugins));
    }

    private void Reload(string? name, CellInvocation cell)
    {
        if (name is not null && Catalog.Versions.All(p => p.Name != name))
            throw Unknown("reload", name);
        var folders = Catalog.Versions.Where(p => p.FromFolder && (name is null || p.Name == name)).Select(p => p.Source).Distinct().ToArray();
        if (name is not null && folders.Length == 0)
            throw new InputException($"#!plugin reload {name}: it did not come from a folder, so it cannot be reloaded");
        var before = Catalog.Versions.Select(p => p.Id).ToHashSet(StringComparer.Ordinal);
        var failed = folders.Select(Catalog.Reload).OfType<string>().ToArray();
        if (failed.Length > 0)
            throw new InputException(failed[0]);
        var now = Catalog.Versions.Where(p => !before.Contains(p.Id)).ToArray();
        if (now.Length == 0)
            cell.Output.Print($"nothing changed in {folders.Length} plugin folder{(folders.Length == 1 ? "" : "s")}{Environment.NewLine}");
        else
            cell.Output.Display(Table(now));
    }

    private CellData List(string? kind)
    {
        var all = Catalog.All;
        var kinds = all.Select(Kind).Distinct().ToArray();
        if (kind is not null && !kinds.Contains(kind))
            throw new InputException($"#!plugin list {kind}: no such kind{Names.Hint(kind, kinds)}");
        return Table(all.Where(p => kind is null || Kind(p) == kind));
    }

    private static string Kind(PluginInfo plugin) => PluginRules.NameOf(plugin.Kind).Replace(' ', '-');

    private InputException Unknown(string command, string name) =>
        new($"#!plugin {command} {name}: no such plugin{Names.Hint(name, [.. Catalog.All.Select(p => p.Name).Distinct()])}");

    private CellData Options(string name)
    {
        var plugins = Catalog.Versions.Where(p => p.Name == name || p.Id == name).ToArray();
        if (plugins.Length == 0)
            throw Unknown("options", name);
        var plugin = plugins.FirstOrDefault(p => p.Id == name) ?? Catalog.All.First(p => p.Name == name);
        return plugin.Options.Count == 0
            ? CellData.Of("text/plain", $"{plugin.Name} takes no options")
            : CellTable.Of(["option", "type", "default", "range", "meaning"],
                [.. plugin.Options.Select(o =>
                    (object?[])[o.Name, OptionText.Type(o), OptionText.Default(o), OptionText.Range(o), o.Summary])],
                $"{plugin.Name} ({PluginRules.NameOf(plugin.Kind)}): {plugin.Summary}");
    }

    private static CellData Table(IEnumerable<PluginInfo> plugins) => CellTable.Of(["kind", "plugin", "summary", "from"],
        [.. plugins.OrderBy(p => p.Kind).ThenBy(p => p.Name, StringComparer.Ordinal)
            .Select(p => (object?[])[PluginRules.NameOf(p.Kind), p.Name, p.Summary,
                p.FromFolder ? $"folder {Path.GetFileName(p.Source)}" : Path.GetFileName(p.Source)])]);

    private HashSet<string> Variables() => [.. variables.Names, "lab"];

    private static string Argument(CellInvocation cell, string word, string what) =>
        cell.Arguments.Skip(1).FirstOrDefault(a => !a.StartsWith("--", StringComparison.Ordinal))
        ?? throw new InputException($"#!plugin {word}: expected #!plugin {word} {what}");
}
