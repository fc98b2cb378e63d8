namespace MoELab.Contracts;

/// <summary>Marks a public class as a plugin that a recipe can name.</summary>
/// <param name="name">The kebab-case name that recipes use, such as <c>smebu</c>.</param>
/// <param name="summary">One line for lists and completion.</param>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class PluginAttribute(string name, string summary) : Attribute
{
    /// <summary>The kebab-case name that recipes use.</summary>
    public string Name { get; } = name;

    /// <summary>One line for lists and completion.</summary>
    public string Summary { get; } = summary;
}
