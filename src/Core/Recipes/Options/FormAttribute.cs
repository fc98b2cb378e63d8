namespace MoELab.Recipes.Options;

/// <summary>What a key of a recipe holds, in the words of an error, where its type alone would not tell.</summary>
/// <param name="whole">The whole value.</param>
/// <param name="item">One item of a list or map.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FormAttribute(string whole, string item) : Attribute
{
    public string Whole { get; } = whole;

    public string Item { get; } = item;
}
