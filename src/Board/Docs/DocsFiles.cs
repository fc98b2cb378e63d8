using System.Reflection;

namespace MoELab.Board.Docs;

/// <summary>
/// The documentation as this version was built with it, inside the assembly: text and images by their path in the repository, such as
/// <c>docs/views.md</c>. It needs neither a network nor the repository.
/// </summary>
internal static class DocsFiles
{
    private const string Prefix = "repository/";
    private static readonly Assembly Own = typeof(DocsFiles).Assembly;

    /// <summary>The paths of all files, in alphabetical order.</summary>
    public static IReadOnlyList<string> Paths { get; } =
        [.. Own.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).Select(n => n[Prefix.Length..])
            .Order(StringComparer.Ordinal)];

    public static string Text(string path)
    {
        using var reader = new StreamReader(Open(path), Encoding.UTF8);
        return reader.ReadToEnd();
    }

    public static Stream Open(string path) => Own.GetManifestResourceStream(Prefix + path)!;
}
