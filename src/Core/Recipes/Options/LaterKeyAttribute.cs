namespace MoELab.Recipes.Options;

/// <summary>
/// A key that joined the recipe after results had been recorded. <see cref="Recipe.Hash"/> leaves it out while it has its default, which must mean what
/// recipes meant before they had it, so that recorded results still name the recipe that they are of.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class LaterKeyAttribute : Attribute;
