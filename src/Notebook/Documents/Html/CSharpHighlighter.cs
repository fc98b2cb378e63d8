using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using MoELab.Cells.CSharp;
using MoELab.Reports;

namespace MoELab.Documents.Html;

/// <summary>C# with its words, texts, numbers and comments marked, by the parser alone.</summary>
internal static class CSharpHighlighter
{
    /// <summary>The code as HTML; every character of it is there.</summary>
    public static string ToHtml(string code)
    {
        var html = new StringBuilder();
        foreach (var token in CSharpSyntaxTree.ParseText(code, CSharpDefaults.Parse).GetRoot().DescendantTokens())
        {
            Trivia(html, token.LeadingTrivia);
            Mark(html, token.Text, Class(token));
            Trivia(html, token.TrailingTrivia);
        }
        return html.ToString();
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

    private static void Mark(StringBuilder html, string text, string? name)
    {
        if (name is null || text.Length == 0)
            html.Append(HtmlPage.Escape(text));
        else
            html.Append("<span class=\"").Append(name).Append("\">").Append(HtmlPage.Escape(text)).Append("</span>");
    }
}
