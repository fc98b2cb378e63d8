using System.Xml;
using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MoELab.Cells.CSharp;

/// <summary>Help for a call with the cursor between its parentheses: every overload, the best match first, and the parameter at the cursor.</summary>
internal static class Signatures
{
    // More would push the parameter off the screen.
    private const int MaxOverloads = 5;

    /// <summary>The call as Markdown; null if the cursor is not in a call, or is in a word of an argument, which has its own hover.</summary>
    public static async Task<string?> At(Document document, int cursor, CancellationToken cancel)
    {
        var root = await document.GetSyntaxRootAsync(cancel).ConfigureAwait(false);
        if (cursor == 0 || root is null || OnWord(root, cursor) || Around(root, cursor) is not { } list)
            return null;
        var model = (await document.GetSemanticModelAsync(cancel).ConfigureAwait(false))!;
        var given = list.Arguments;
        var at = given.GetSeparators().Count(s => s.SpanStart < cursor);
        var name = at < given.Count ? given[at].NameColon?.Name.Identifier.ValueText : null;
        var overloads = Overloads(list.Parent!, model, cursor).OrderByDescending(m => Fit(m, given, at, name, model))
            .ThenBy(m => m.Parameters.Length).ToArray();
        if (overloads.Length == 0)
            return null;
        var lines = overloads.Take(MaxOverloads).Select(m => m.ToMinimalDisplayString(model, cursor)).ToArray();
        var more = overloads.Length > MaxOverloads ? $"\n(+ {overloads.Length - MaxOverloads} overloads)" : "";
        var text = $"```csharp\n{string.Join('\n', lines)}{more}\n```";
        var best = overloads[0];
        var about = Documentation(best);
        if (Active(best, at, name) is { } parameter)
            text += $"\n\n**{parameter.Name}** ({parameter.Type.ToMinimalDisplayString(model, cursor)}, {parameter.Ordinal + 1} of "
                + $"{best.Parameters.Length}){Tail(about?.Elements("param").FirstOrDefault(p => (string?)p.Attribute("name") == parameter.Name))}";
        return Words(about?.Element("summary")) is { Length: > 0 } summary ? $"{text}\n\n{summary}" : text;
    }

    private static bool OnWord(SyntaxNode root, int cursor)
    {
        var (left, right) = (root.FindToken(cursor - 1), cursor < root.FullSpan.End ? root.FindToken(cursor) : default);
        bool Names(SyntaxToken token) =>
            token.IsKind(SyntaxKind.IdentifierToken) && token.SpanStart <= cursor && cursor <= token.Span.End
                && token.Parent is not NameColonSyntax { };
        return Names(left) || Names(right);
    }

    private static ArgumentListSyntax? Around(SyntaxNode root, int cursor) =>
        root.FindToken(cursor - 1).Parent?.AncestorsAndSelf().OfType<ArgumentListSyntax>()
        .FirstOrDefault(l => l.OpenParenToken.Span.End <= cursor && (l.CloseParenToken.IsMissing || cursor <= l.CloseParenToken.SpanStart));

    private static IEnumerable<IMethodSymbol> Overloads(SyntaxNode call, SemanticModel model, int cursor)
    {
        IEnumerable<ISymbol> found = call switch
        {
            InvocationExpressionSyntax invocation when model.GetMemberGroup(invocation.Expression) is { Length: > 0 } group => group,
            InvocationExpressionSyntax invocation
                when model.GetTypeInfo(invocation.Expression).Type is INamedTypeSymbol { DelegateInvokeMethod: { } invoke } => [invoke],
            BaseObjectCreationExpressionSyntax creation when model.GetTypeInfo(creation).Type is INamedTypeSymbol type => type.InstanceConstructors,
            _ => model.GetSymbolInfo(call) is var info && info.Symbol is { } one ? [one] : info.CandidateSymbols,
        };
        return found.OfType<IMethodSymbol>().Where(m => model.IsAccessible(cursor, m)).Distinct<IMethodSymbol>(SymbolEqualityComparer.Default);
    }

    // Each argument that converts to its parameter counts, and room for the one at the cursor counts more than all of them.
    private static int Fit(IMethodSymbol method, SeparatedSyntaxList<ArgumentSyntax> given, int at, string? name, SemanticModel model)
    {
        var fit = Active(method, at, name) is not null ? 100 : given.Count == 0 ? 50 : 0;
        for (var i = 0; i < given.Count; i++)
        {
            if (given[i].Expression.IsMissing || Active(method, i, given[i].NameColon?.Name.Identifier.ValueText) is not { } parameter)
                continue;
            var conversion = model.ClassifyConversion(given[i].Expression, parameter.Type);
            fit += conversion.IsIdentity ? 3 : conversion.IsImplicit ? 2 : parameter.IsParams ? 1 : -4;
        }
        return fit;
    }

    private static IParameterSymbol? Active(IMethodSymbol method, int at, string? name) =>
        name is not null ? method.Parameters.FirstOrDefault(p => p.Name == name)
        : at < method.Parameters.Length ? method.Parameters[at] : method.Parameters.LastOrDefault() is { IsParams: true } rest ? rest : null;

    private static XElement? Documentation(IMethodSymbol method)
    {
        var symbol = (ISymbol)(method.ReducedFrom ?? method).OriginalDefinition;
        // The parameters of a record are described on the record.
        var xml = symbol.GetDocumentationCommentXml() is { Length: > 0 } own ? own : method.MethodKind == MethodKind.Constructor
            ? method.ContainingType.OriginalDefinition.GetDocumentationCommentXml() : null;
        try
        {
            return string.IsNullOrEmpty(xml) ? null
                : XElement.Parse($"<doc>{xml}</doc>") is var whole && whole.Element("member") is { } member ? member : whole;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    private static string Tail(XElement? element) => Words(element) is { Length: > 0 } words ? $": {words}" : "";

    private static string Words(XElement? element) =>
        element is null ? "" : string.Join(' ', string.Concat(element.DescendantNodes().Select(n => n switch
    {
        XText text => text.Value,
        XElement { IsEmpty: true } reference =>
            ((string?)reference.Attribute("cref") ?? (string?)reference.Attribute("langword") ?? (string?)reference.Attribute("name") ?? "")
                .Split('.', ':')[^1],
        _ => "",
    })).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries));
}
