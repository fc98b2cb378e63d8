using System.Reflection;
using System.Security.Cryptography;

namespace MoELab.Recipes;

/// <summary>What names a recipe: a hash over its tree without the name, and without each <see cref="LaterKeyAttribute"/> key at its default.</summary>
internal static class RecipeHash
{
    public static string Of(Recipe recipe)
    {
        var tree = recipe.ToTree();
        tree.Remove("name");
        LeaveOut(recipe, tree);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(tree.ToJsonString())))[..16];
    }

    private static void LeaveOut(object section, JsonObject tree)
    {
        var defaults = Activator.CreateInstance(section.GetType());
        foreach (var property in OptionsBinder.Properties(section.GetType()))
        {
            var (key, value) = (OptionsBinder.Key(property), property.GetValue(section));
            if (property.IsDefined(typeof(LaterKeyAttribute)) && Equals(value, property.GetValue(defaults)))
                tree.Remove(key);
            // Sections are the records of this namespace; plugins, maps and lists hold what somebody wrote, so there the attribute would do nothing.
            else if (tree[key] is JsonObject inner && value!.GetType().Namespace == typeof(Recipe).Namespace)
                LeaveOut(value, inner);
        }
    }
}
