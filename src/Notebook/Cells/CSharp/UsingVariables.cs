using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace MoELab.Cells.CSharp;

/// <summary>
/// <c>using var model = ...;</c> at the top of a cell, which scripts do not support. In a notebook the variable is meant for the cells
/// below, so it is declared like any other and is not disposed when its cell ends.
/// </summary>
internal static class UsingVariables
{
    private static readonly CSharpParseOptions Program = CSharpDefaults.Parse.WithKind(Microsoft.CodeAnalysis.SourceCodeKind.Regular);

    /// <summary>The code with each such <c>using</c> replaced by spaces, so that positions do not change.</summary>
    public static string Plain(string code)
    {
        if (!code.Contains("using ", StringComparison.Ordinal))
            return code;
        var root = (CompilationUnitSyntax)CSharpSyntaxTree.ParseText(code, Program).GetRoot();
        var text = code.ToCharArray();
        foreach (var statement in root.Members.OfType<GlobalStatementSyntax>().Select(m => m.Statement).OfType<LocalDeclarationStatementSyntax>()
            .Where(s => s.UsingKeyword.Span.Length > 0))
            foreach (var word in new[] { statement.AwaitKeyword, statement.UsingKeyword })
                Array.Fill(text, ' ', word.SpanStart, word.Span.Length);
        return new string(text);
    }
}
