namespace MoELab.Recipes.Options;

/// <summary>What a key of a recipe holds, in the words of an error, where its type alone would not tell.</summary>
/// <param name="whole">The whole value.</param>
/// <param name="item">One item of a list or map.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class FormAttribute(string whole, string item) : Attribute
{
    /// <summary>The whole value: <c>a list of rules</c>.</summary>
    public string Whole { get; } = whole;

    /// <summary>One item of it.</summary>
    public string Item { get; } = item;
}
