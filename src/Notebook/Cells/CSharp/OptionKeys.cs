using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MoELab.Cells.RunCells;

namespace MoELab.Cells.CSharp;

/// <summary>
/// Keys inside <c>new { ... }</c> where C# gives a recipe options: <c>With("balancer", "smebu", new { ka</c>, <c>run.Set("balancer", new { ka</c>,
/// an arm's <c>("smebu", new { ka</c>. They complete by the same schema as recipe cells.
/// </summary>
internal sealed class OptionKeys(Lab lab)
{
    private static readonly CellCompletion Reset = new(RecipeEdit.ResetKey, "Property",
        "resets every option that is not named here (true or false, default false)");

    /// <summary>The completions for a key at the cursor; null if the cursor is not at a key, or no key matches.</summary>
    public CellCompletions? Complete(string code, int cursor)
    {
        var start = cursor;
        while (start > 0 && (char.IsLetterOrDigit(code[start - 1]) || code[start - 1] is '_' or '@'))
            start--;
        if (Opening(code, start) is not { } map || Place(map) is not { } place)
            return null;
        var typed = code[start..cursor].TrimStart('@');
        var there = map.Initializers.Where(i => !i.Span.Contains(start)).Select(Key).ToHashSet(StringComparer.Ordinal);
        CellCompletion[] items =
            [.. Keys(place.Path, place.Plugin ?? Word(map, "name"))
                .Where(k => k.Text.StartsWith(typed, StringComparison.OrdinalIgnoreCase) && !there.Contains(k.Text)
                    && SyntaxFacts.IsValidIdentifier(k.Text))
            .DistinctBy(k => k.Text).Select(k => SyntaxFacts.GetKeywordKind(k.Text) == SyntaxKind.None ? k : k with { Text = "@" + k.Text })];
        return items.Length == 0 ? null : new CellCompletions(items, start, cursor);
    }

    // The object whose next key would be here: its brace or comma precedes the cursor.
    private static AnonymousObjectCreationExpressionSyntax? Opening(string code, int start)
    {
        var root = CSharpSyntaxTree.ParseText(code, CSharpDefaults.Parse).GetRoot();
        var before = code.AsSpan(0, start).TrimEnd().Length;
        if (before == 0)
            return null;
        var token = root.FindToken(before - 1);
        return token.Span.End == before && token.Kind() is SyntaxKind.OpenBraceToken or SyntaxKind.CommaToken
            ? token.Parent as AnonymousObjectCreationExpressionSyntax : null;
    }

    // The part of a recipe into which the object is merged, and the plugin if the code names it.
    private static (string Path, string? Plugin)? Place(AnonymousObjectCreationExpressionSyntax map)
    {
        switch (map.Parent)
        {
            case AnonymousObjectMemberDeclaratorSyntax
            { NameEquals.Name.Identifier.ValueText: var key, Parent: AnonymousObjectCreationExpressionSyntax outer }:
                return Place(outer) is ({ } above, _) ? (OptionsBinder.Join(above, key), null) : null;
            case ArgumentSyntax { Parent: TupleExpressionSyntax { Arguments: [var name, ..] tuple } } second when tuple.Count == 2
                && tuple[1] == second && Word(name.Expression) is { } balancer:
                return ("balancer", balancer);
            case ArgumentSyntax { Parent: ArgumentListSyntax { Parent: InvocationExpressionSyntax invoked } list } argument
                when invoked.Expression is MemberAccessExpressionSyntax call:
                var all = list.Arguments;
                var first = Word(all[0].Expression);
                return (call.Name.Identifier.ValueText, Index(argument, all)) switch
                {
                    ("With", 2) when first is not null => (first, Word(all[1].Expression)),
                    ("With" or "Set", 1) when first is not null => (first, null),
                    ("Of", 1) when first is not null && call.Expression is IdentifierNameSyntax { Identifier.ValueText: "Arm" } =>
                        ("balancer", first),
                    ("Of", 1) when first is not null && call.Expression is IdentifierNameSyntax { Identifier.ValueText: "PluginChoice" } =>
                        ("", first),
                    _ => null,
                };
            default:
                return null;
        }
    }

    private static int Index(ArgumentSyntax argument, SeparatedSyntaxList<ArgumentSyntax> all) =>
        argument.NameColon?.Name.Identifier.ValueText is null or "options" ? all.IndexOf(argument) : -1;

    private IEnumerable<CellCompletion> Keys(string path, string? plugin)
    {
        var catalog = lab.Plugins;
        if (path.Length == 0)
            return catalog.All.Where(p => p.Name == plugin).SelectMany(p => p.Options).Select(RecipeSchema.Of);
        RecipeSchema Schema(string? name) => new(catalog, node => node == path ? name : PluginSlot.NameAt(new Recipe(), node));
        if (!PluginSlot.IsSingleAt(path))
            return path.Split('.') is ["losses" or "optimizer"] or ["losses", _] or ["optimizer", not "groups"]
                ? Schema(null).Keys(path).Append(Reset) : Schema(null).Keys(path);
        // The recipe's plugin is not known here, so the options of all plugins are offered.
        var keys = plugin is not null ? Schema(plugin).Keys(path).Where(k => k.Text != "name")
            : Schema(null).Keys(path)
                .Concat(Schema(null).Values(path)
                    .SelectMany(p => Schema(p.Text).Keys(path).Where(k => k.Text != "name")
                        .Select(k => k with { Documentation = $"{p.Text}: {k.Documentation}" })));
        return keys.Append(Reset);
    }

    private static string Key(AnonymousObjectMemberDeclaratorSyntax member) =>
        member.NameEquals?.Name.Identifier.ValueText ?? (member.Expression as IdentifierNameSyntax)?.Identifier.ValueText ?? "";

    private static string? Word(AnonymousObjectCreationExpressionSyntax map, string key) =>
        map.Initializers.FirstOrDefault(i => Key(i) == key) is { } member ? Word(member.Expression) : null;

    private static string? Word(ExpressionSyntax expression) =>
        expression is LiteralExpressionSyntax literal && literal.IsKind(SyntaxKind.StringLiteralExpression) ? literal.Token.ValueText : null;
}
