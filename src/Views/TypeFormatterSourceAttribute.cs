namespace MoELab.Views;

/// <summary>
/// Says where the formatters of a type are. <c>Microsoft.DotNet.Interactive.Formatting</c> finds the attribute by its name and the
/// names of its properties, so that a type carries its formatters into any notebook host, of whichever version.
/// </summary>
/// <param name="formatterSourceType">A type with <c>IEnumerable&lt;object&gt; CreateTypeFormatters()</c>.</param>
[AttributeUsage(AttributeTargets.Class)]
internal sealed class TypeFormatterSourceAttribute(Type formatterSourceType) : Attribute
{
    public Type FormatterSourceType { get; } = formatterSourceType;

    /// <summary>The forms that a value is shown in, the richest first.</summary>
    public string[] PreferredMimeTypes { get; set; } = [];
}
