using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.FileSystemGlobbing;
using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>A user's own files: one path, a folder, or a glob; each file read by the reader of its extension, others as plain text.</summary>
internal sealed class FileSource : CorpusSource
{
    private readonly string[] _files;
    private readonly Dictionary<string, ICorpusReader> _readers = new(StringComparer.OrdinalIgnoreCase);

    /// <exception cref="RecipeException">No file matches.</exception>
    public FileSource(string name, string pattern, PluginCatalog catalog)
    {
        Name = name;
        Source = pattern;
        foreach (var plugin in catalog.All.Where(p => p.Kind == PluginKind.CorpusReader))
        {
            var reader = catalog.Create<ICorpusReader>(new PluginChoice(plugin.Name), $"data.sources.{name}");
            foreach (var extension in reader.Extensions)
                _readers[extension] = reader;
        }
        _files = Find(pattern);
        if (_files.Length == 0)
            throw new RecipeException($"data.sources.{name}: '{pattern}' matches no file; expected a path, a folder or a glob such as texts/**/*.txt");
    }

    public override string Name { get; }

    public override string Source { get; }

    public override string Licence => "";

    public override string Identity
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var file in _files)
            {
                var info = new FileInfo(file);
                hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{info.FullName}\n{info.Length}\n{info.LastWriteTimeUtc.Ticks}\n")));
            }
            return $"files/{Name}/{Convert.ToHexStringLower(hash.GetHashAndReset())}";
        }
    }

    public override IEnumerable<string> Read() => _files.SelectMany(ReadFile);

    private IEnumerable<string> ReadFile(string file) =>
        (_readers.GetValueOrDefault(Path.GetExtension(file)) ?? new PlainTextReader()).Read(file);

    private string[] Find(string pattern)
    {
        if (File.Exists(pattern))
            return [Path.GetFullPath(pattern)];
        if (Directory.Exists(pattern))
            return [.. Directory.EnumerateFiles(pattern, "*", SearchOption.AllDirectories).Where(f => _readers.ContainsKey(Path.GetExtension(f))).Select(Path.GetFullPath).Order(StringComparer.Ordinal)];
        var parts = pattern.Split('/', '\\');
        var fixedParts = parts.TakeWhile(p => !p.Contains('*', StringComparison.Ordinal)).ToArray();
        if (fixedParts.Length == parts.Length)
            return [];
        var root = fixedParts.Length == 0 ? "." : string.Join('/', fixedParts) is { Length: > 0 } joined ? joined : "/";
        return !Directory.Exists(root) ? [] : [.. new Matcher(StringComparison.Ordinal).AddInclude(string.Join('/', parts.Skip(fixedParts.Length)))
            .GetResultsInFullPath(root).Order(StringComparer.Ordinal)];
    }
}
