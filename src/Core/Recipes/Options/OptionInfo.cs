namespace MoELab.Recipes.Options;

/// <summary>One option of a plugin or one key of a recipe, as completion and help show it.</summary>
/// <param name="Name">The snake_case key.</param>
/// <param name="Type">Its .NET type.</param>
/// <param name="Default">Its default value, null where it has none.</param>
/// <param name="Min">The smallest value allowed, null where unbounded.</param>
/// <param name="Max">The largest value allowed, null where unbounded.</param>
/// <param name="Choices">The names allowed, empty if any value of the type is.</param>
/// <param name="Summary">One sentence for help, from <c>[Description]</c>.</param>
public sealed record OptionInfo(string Name, Type Type, object? Default, double? Min, double? Max, IReadOnlyList<string> Choices, string Summary)
{
    /// <summary>The names allowed as the value; empty if any value of the type is.</summary>
    internal IReadOnlyList<string> Words =>
        Choices.Count == 0 && (Nullable.GetUnderlyingType(Type) ?? Type) == typeof(bool) ? ["true", "false"] : Choices;
}
