using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MoELab.Cells.CSharp;
using MoELab.Views.Html;

namespace MoELab.Documents.Html;

/// <summary>Highlights C# keywords, strings, numbers and comments, using only the parser.</summary>
internal static class CSharpHighlighter
{
    /// <summary>The code as HTML; no character is lost.</summary>
    public static Markup ToHtml(string code)
    {
        var html = new StringBuilder();
        foreach (var token in CSharpSyntaxTree.ParseText(code, CSharpDefaults.Parse).GetRoot().DescendantTokens())
        {
            Trivia(html, token.LeadingTrivia);
            Mark(html, token.Text, Class(token));
            Trivia(html, token.TrailingTrivia);
        }
        return new Markup(html.ToString());
    }

    private static string? Class(SyntaxToken token) => token.Kind() switch
    {
        SyntaxKind.NumericLiteralToken => "n",
        SyntaxKind.StringLiteralToken or SyntaxKind.CharacterLiteralToken or SyntaxKind.InterpolatedStringTextToken
            or SyntaxKind.InterpolatedStringStartToken
            or SyntaxKind.InterpolatedStringEndToken or SyntaxKind.InterpolatedVerbatimStringStartToken or SyntaxKind.InterpolatedRawStringEndToken
            or SyntaxKind.InterpolatedSingleLineRawStringStartToken or SyntaxKind.InterpolatedMultiLineRawStringStartToken
            or SyntaxKind.SingleLineRawStringLiteralToken or SyntaxKind.MultiLineRawStringLiteralToken or SyntaxKind.Utf8StringLiteralToken => "s",
        _ when token.IsKeyword() || token is { Text: "var" or "await" or "async" or "dynamic" or "nint" or "record" or "yield" } => "k",
        SyntaxKind.IdentifierToken when token.Parent is SimpleNameSyntax
        {
            Parent: InvocationExpressionSyntax or MemberAccessExpressionSyntax { Parent: InvocationExpressionSyntax }
        } name && (name.Parent is not MemberAccessExpressionSyntax access || access.Name == name) => "f",
        _ => null,
    };

    private static void Trivia(StringBuilder html, SyntaxTriviaList list)
    {
        foreach (var trivia in list)
            Mark(html, trivia.ToFullString(),
                trivia.IsDirective ? "k"
                    : trivia.IsKind(SyntaxKind.WhitespaceTrivia) || trivia.IsKind(SyntaxKind.EndOfLineTrivia)
                        || trivia.IsKind(SyntaxKind.SkippedTokensTrivia) ? null : "c");
    }

    private static void Mark(StringBuilder html, string text, string? name) =>
        html.Append((name is null || text.Length == 0 ? Markup.Of($"{text}") : Markup.Of($"<span class=\"{name}\">{text}</span>")).Html);
}
