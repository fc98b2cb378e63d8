using Microsoft.Extensions.FileSystemGlobbing;

namespace MoELab.Data.Sources;

/// <summary>The files that a path, a folder or a glob matches, and those that are left out.</summary>
/// <param name="Files">Full paths, in order.</param>
/// <param name="LeftOut">Files whose extension no reader supports.</param>
internal sealed record SourceFiles(IReadOnlyList<string> Files, IReadOnlyList<string> LeftOut)
{
    private const int Named = 8;

    /// <summary>
    /// A single file is always read, and so are the files of a glob with an extension or name (<c>*.py</c>). Of a folder, and of a glob that
    /// ends in <c>*</c>, only the files that a reader supports are read.
    /// </summary>
    public static SourceFiles Find(string pattern, CorpusReaders readers)
    {
        if (File.Exists(pattern))
            return new([Path.GetFullPath(pattern)], []);
        if (Directory.Exists(pattern))
            return Known(Directory.EnumerateFiles(pattern, "*", SearchOption.AllDirectories).Select(Path.GetFullPath), readers);
        var parts = pattern.Split('/', '\\');
        var fixedParts = parts.TakeWhile(p => !p.Contains('*', StringComparison.Ordinal)).ToArray();
        if (fixedParts.Length == parts.Length)
            return new([], []);
        var root = fixedParts.Length == 0 ? "." : string.Join('/', fixedParts) is { Length: > 0 } joined ? joined : "/";
        if (!Directory.Exists(root))
            return new([], []);
        var found = new Matcher(StringComparison.Ordinal).AddInclude(string.Join('/', parts.Skip(fixedParts.Length))).GetResultsInFullPath(root);
        var names = !parts[^1].Contains('*', StringComparison.Ordinal)
            || (Path.GetExtension(parts[^1]) is { Length: > 1 } extension && !extension.Contains('*', StringComparison.Ordinal));
        return names ? new([.. found.Order(StringComparer.Ordinal)], []) : Known(found, readers);
    }

    /// <summary>One sentence about the files that were left out; null if there are none.</summary>
    public string? Note()
    {
        if (LeftOut.Count == 0)
            return null;
        var kinds = LeftOut.GroupBy(f => Path.GetExtension(f) is { Length: > 0 } e ? e : "no extension").OrderByDescending(g => g.Count())
            .ThenBy(g => g.Key, StringComparer.Ordinal).ToList();
        var more = kinds.Count > Named ? ", ..." : "";
        return $"{LeftOut.Count} {(LeftOut.Count == 1 ? "file was" : "files were")} left out, because no reader supports the extension: "
            + $"{string.Join(", ", kinds.Take(Named).Select(g => $"{g.Key} ({g.Count()})"))}{more}; "
            + "to read them as plain text, use a glob with the extension, such as **/*.py.";
    }

    private static SourceFiles Known(IEnumerable<string> files, CorpusReaders readers)
    {
        var known = files.Order(StringComparer.Ordinal).ToLookup(readers.Supports);
        return new([.. known[true]], [.. known[false]]);
    }
}
