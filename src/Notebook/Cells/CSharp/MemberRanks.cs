using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Recommendations;

namespace MoELab.Cells.CSharp;

/// <summary>
/// Ranks the members of a value for completion: its own first, then extension methods of its type, then members that every value has.
/// </summary>
internal static class MemberRanks
{
    // An extension method of every value, but frequently used in cells.
    private static readonly string[] Wanted = ["Display", "DisplayTable"];

    /// <summary>Ranks by name, the smallest first, for the members after the dot before <paramref name="position"/>.</summary>
    public static async Task<IReadOnlyDictionary<string, int>> At(Document document, int position, CancellationToken cancel)
    {
        var model = await document.GetSemanticModelAsync(cancel).ConfigureAwait(false);
        var symbols = await Recommender.GetRecommendedSymbolsAtPositionAsync(document, position, cancellationToken: cancel).ConfigureAwait(false);
        var everyones = model!.Compilation.GetSpecialType(SpecialType.System_Object).GetMembers().Select(m => m.Name).Append("Deconstruct")
            .ToHashSet(StringComparer.Ordinal);
        return symbols.GroupBy(s => s.Name, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => everyones.Contains(g.Key) ? 3 : g.Min(Rank), StringComparer.Ordinal);
    }

    private static int Rank(ISymbol symbol) => symbol switch
    {
        IMethodSymbol { ReducedFrom: { } extension } when Wanted.Contains(extension.Name) || !OfAnything(extension.Parameters[0].Type) => 1,
        IMethodSymbol { ReducedFrom: not null } => 2,
        _ => 0,
    };

    private static bool OfAnything(ITypeSymbol type) =>
        type.SpecialType == SpecialType.System_Object || type.TypeKind == TypeKind.Dynamic
            || type is ITypeParameterSymbol { ConstraintTypes.Length: 0 };
}
