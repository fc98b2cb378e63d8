namespace MoELab.Recipes.Options;

/// <summary>What a key of a recipe contains, for errors, if its type alone is not clear enough.</summary>
/// <param name="whole">The whole value.</param>
/// <param name="item">One item of a list or map.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FormAttribute(string whole, string item) : Attribute
{
    public string Whole { get; } = whole;

    public string Item { get; } = item;
}
