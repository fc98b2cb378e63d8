using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MoELab.Cells.RunCells;
using MoELab.Cells.Sql;
using MoELab.Query;
using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Training.Metrics;

namespace MoELab.Cells.CSharp;

/// <summary>
/// Strings in C# with a meaning for the lab: paths and values of recipes, plugins, presets, runs, metrics and queries. They
/// have completion and hovers and are checked before the cell runs, by the same schema as recipe cells.
/// </summary>
internal sealed class RecipeStrings(Lab lab)
{
    /// <summary>Completions in the string at the cursor; null if the cursor is not in such a string.</summary>
    public CellCompletions? Complete(string code, int cursor)
    {
        if (At(code, cursor) is not { } at)
            return null;
        var typed = code[at.Start..cursor];
        if (at.Use == Use.Query)
            return SqlCompletion.At(code[at.Start..at.End], cursor - at.Start, LabQueries.DatabaseOf(lab).Schema()) is var found
                ? found with
                {
                    Items = [.. found.Items.Where(i => !i.Text.Contains('"', StringComparison.Ordinal))],
                    Start = found.Start + at.Start,
                    End = found.End + at.Start
                } : null;
        var start = at.Start;
        var items = Candidates(at.Use, at.Path);
        if (at.Use == Use.Assignment && typed.IndexOf('=', StringComparison.Ordinal) is var equals and >= 0)
        {
            items = Schema().Values(typed[..equals].Trim());
            start += equals + 1;
            typed = typed[(equals + 1)..];
        }
        return new CellCompletions([.. items.Where(i => i.Text.StartsWith(typed, StringComparison.OrdinalIgnoreCase))
            .DistinctBy(i => i.Text)], start, cursor);
    }

    /// <summary>The meaning of the string at the cursor, as Markdown; null if unknown.</summary>
    public string? Hover(string code, int cursor)
    {
        if (At(code, cursor) is not { } at)
            return null;
        var text = code[at.Start..at.End];
        var equals = at.Use == Use.Assignment ? text.IndexOf('=', StringComparison.Ordinal) : -1;
        return at.Use switch
        {
            Use.Assignment when equals >= 0 && cursor > at.Start + equals => Schema().Describe(text[..equals].Trim(), text[(equals + 1)..].Trim()),
            Use.Assignment or Use.Path => Describe(equals >= 0 ? text[..equals].Trim() : text),
            Use.Value => Schema().Describe(at.Path ?? "", text),
            Use.Balancer => Schema().Describe("balancer", text),
            Use.Recipe when Presets.TryGet(text, out var preset) =>
                $"**{text}**: {preset.Model.Layers} layers, {preset.Model.Experts} experts, {preset.Model.ActiveExperts} active; "
                    + $"balancer {preset.Balancer.Name}",
            Use.Metric => MetricCatalog.Definitions.FirstOrDefault(d => d.Id == text) is { } metric
                ? $"**{metric.Id}** ({metric.Unit}): {metric.Definition}" : null,
            _ => null,
        };
    }

    public IEnumerable<CellDiagnostic> Diagnose(SyntaxNode root, SemanticModel model)
    {
        foreach (var literal in root.DescendantNodes().OfType<LiteralExpressionSyntax>()
            .Where(l => l.IsKind(SyntaxKind.StringLiteralExpression) && l.Token.Text is ['"', ..]))
        {
            if (UseOf(literal) is { } use && OfLab(literal, model) && Problem(use.Use, use.Path, literal.Token.ValueText) is { } sentence)
                yield return new CellDiagnostic(literal.SpanStart + 1,
                    Math.Max(literal.SpanStart + 1, literal.Span.End - 1), sentence, IsError: false);
        }
    }

    private string? Problem(Use use, string? path, string text)
    {
        try
        {
            switch (use)
            {
                case Use.Assignment:
                    var (target, value) = RecipeTree.ParseAssignment(text);
                    return PathProblem(target) ?? (value is not null ? ValueProblem(target, value.ToString()) : null);
                case Use.Path:
                    return PathProblem(text);
                case Use.Value:
                    return ValueProblem(path ?? "", text);
                case Use.Balancer:
                    return ValueProblem("balancer", text);
                case Use.Recipe when !Presets.TryGet(text, out _) && !File.Exists(text):
                    Recipe.Load(text);
                    return null;
                case Use.Run:
                    RunPaths.Resolve(text, lab.RunsDirectory);
                    return null;
                case Use.Alert:
                    AlertRule.Parse(text);
                    return null;
                default:
                    return null;
            }
        }
        catch (MoELabException e)
        {
            return e.Message;
        }
    }

    private string? PathProblem(string path)
    {
        var known = Paths().Select(p => p.Text).ToHashSet(StringComparer.Ordinal);
        // Maps with user-defined names, such as sources and weights, can have any key.
        if (known.Contains(path) || known.Any(k => k.StartsWith(path + ".", StringComparison.Ordinal)) || path.Contains('[', StringComparison.Ordinal)
            || path.StartsWith("data.sources.", StringComparison.Ordinal) || path.StartsWith("training.batch_steps.", StringComparison.Ordinal))
            return null;
        return $"{path}: unknown key{Names.Hint(path, known)}";
    }

    private string? ValueProblem(string path, string value)
    {
        if (PluginSlot.IsSingleAt(path) || path.StartsWith("optimizer.groups.", StringComparison.Ordinal))
        {
            var names = Schema().Values(path).Select(v => v.Text).ToArray();
            return names.Contains(value.Split('@')[0]) || value.StartsWith('{') ? null : $"{path}: no plugin '{value}'{Names.Hint(value, names)}";
        }
        return Schema().Option(path) is { Choices.Count: > 0 } option && !option.Choices.Contains(value)
            ? $"{path}: unknown value '{value}'; expected one of {string.Join(", ", option.Choices)}" : null;
    }

    private IEnumerable<CellCompletion> Candidates(Use use, string? path) => use switch
    {
        Use.Path or Use.Assignment => Paths(),
        Use.Value => Schema().Values(path ?? ""),
        Use.Balancer => Schema().Values("balancer"),
        Use.Recipe => Schema().Values("recipe"),
        Use.Run => RunPaths.Names(lab.RunsDirectory).Select(n => new CellCompletion(n, "Constant", "run")),
        Use.Metric => Metrics(),
        Use.Alert => AlertRule.KnownAliases.Select(a =>
            new CellCompletion(a.Key, "Constant", Metrics().FirstOrDefault(m => m.Text == a.Value)?.Documentation ?? a.Value)).Concat(Metrics()),
        _ => [],
    };

    private static IEnumerable<CellCompletion> Metrics() =>
        MetricCatalog.Definitions.Where(d => !d.Id.Contains('*', StringComparison.Ordinal))
            .Select(d => new CellCompletion(d.Id, "Constant", d.Definition));

    private IEnumerable<CellCompletion> Paths() => Schema().Keys("").Where(k => k.Text is not "recipe").Concat(Schema().Dotted())
        // The recipe's plugin is not known here, so the options of all plugins are offered.
        .Concat(PluginSlot.Singles.Select(s => s.Key).SelectMany(node =>
            Schema().Values(node).SelectMany(p => Schema(p.Text).Keys(node)).Select(o => o with { Text = $"{node}.{o.Text}" })))
        .Concat(OptimizerRecipe.TrinitySplit.Keys
            .Select(role => new CellCompletion($"optimizer.groups.{role}", "Property", "which optimizer moves them")));

    private string? Describe(string path) => path.Split('.') is [var node, _] && PluginSlot.IsSingleAt(node)
        ? Schema().Values(node).Select(p => Schema(p.Text).Describe(path, null)).FirstOrDefault(d => d is not null)
        : Schema().Describe(path, null);

    private RecipeSchema Schema(string? plugin = null) => new(lab.Plugins, node => plugin ?? PluginSlot.NameAt(new Recipe(), node));

    private static (int Start, int End, Use Use, string? Path)? At(string code, int cursor)
    {
        var root = CSharpSyntaxTree.ParseText(code, CSharpDefaults.Parse).GetRoot();
        var token = root.FindToken(Math.Max(0, cursor - 1));
        if (!token.IsKind(SyntaxKind.StringLiteralToken) || token.Text is not ['"', ..] || token.Parent is not LiteralExpressionSyntax literal)
            return null;
        var closed = token.Text.Length > 1 && token.Text[^1] == '"';
        var (start, end) = (token.SpanStart + 1, closed ? token.Span.End - 1 : token.Span.End);
        if (cursor < start || cursor > end || UseOf(literal) is not { } use)
            return null;
        return (start, end, use.Use, use.Path);
    }

    private static (Use Use, string? Path)? UseOf(LiteralExpressionSyntax literal)
    {
        // The contenders of a race are in a list, and the runs of a comparison may be.
        if (literal.Parent is ExpressionElementSyntax { Parent: CollectionExpressionSyntax { Parent: ArgumentSyntax within } })
            return NameOf(within) switch
            {
                "Race" when IndexOf(within) == 1 => (Use.Balancer, null),
                "Compare" when !OfText(within) => (Use.Run, null),
                _ => null,
            };
        if (literal.Parent is not ArgumentSyntax argument)
            return null;
        if (argument.Parent is BracketedArgumentListSyntax { Parent: ElementAccessExpressionSyntax { Expression: var indexed } })
            return indexed is MemberAccessExpressionSyntax { Name.Identifier.Text: "Metrics" } ? (Use.Metric, null) : null;
        var all = argument.Parent is ArgumentListSyntax list ? list.Arguments : default;
        var first = all is [{ Expression: LiteralExpressionSyntax { Token.ValueText: var path } }, ..] ? path : null;
        return (NameOf(argument), IndexOf(argument)) switch
        {
            ("With", 0) => (all.Count == 1 ? Use.Assignment : Use.Path, null),
            ("Set", 0) => (Use.Path, null),
            ("With" or "Set", 1) => (Use.Value, first),
            ("Recipe" or "Start" or "Train" or "Race" or "Sweep" or "Diff" or "Load", 0) => (Use.Recipe, null),
            ("Sweep", 1) => (Use.Path, null),
            ("Attach" or "Resume", 0) => (Use.Run, null),
            ("Compare", _) when !OfText(argument) => (Use.Run, null),
            ("Alert", 0) => (Use.Alert, null),
            ("Query", 0) => (Use.Query, null),
            _ => null,
        };
    }

    private static string? NameOf(ArgumentSyntax argument) =>
        argument is { NameColon: null, Parent.Parent: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax called } }
            ? called.Name.Identifier.Text : null;

    // string.Compare has nothing to do with runs.
    private static bool OfText(ArgumentSyntax argument) =>
        argument.Parent?.Parent is InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax called }
            && called.Expression is PredefinedTypeSyntax or IdentifierNameSyntax { Identifier.Text: "String" };

    private static int IndexOf(ArgumentSyntax argument) => argument.Parent is ArgumentListSyntax list ? list.Arguments.IndexOf(argument) : -1;

    private static bool OfLab(SyntaxNode literal, SemanticModel model) => literal.FirstAncestorOrSelf<InvocationExpressionSyntax>() is { } call
        && model.GetSymbolInfo(call) is var info
        && (info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) is { ContainingNamespace: var space }
        && space?.ToString()?.StartsWith("MoELab", StringComparison.Ordinal) == true;

    private enum Use { Path, Assignment, Value, Balancer, Recipe, Run, Metric, Query, Alert }
}
