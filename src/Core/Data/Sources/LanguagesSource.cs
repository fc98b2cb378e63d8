using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Resources;

namespace MoELab.Data.Sources;

/// <summary>
/// German, Spanish, French and Italian: the translated messages of the .NET SDK (compilers, MSBuild, analyzers, command line). A
/// document is up to 60 messages of one component in one language.
/// </summary>
internal sealed class LanguagesSource((string Path, string Version) sdk)
    : CorpusSource("languages", $".NET SDK {sdk.Version}, translated messages", "MIT")
{
    private const int Messages = 60;
    private static readonly string[] Languages = ["de", "es", "fr", "it"];

    public override string Identity => $"languages/1/{sdk.Version}";

    public override IEnumerable<SourceDocument> Read()
    {
        var all = Directory.EnumerateFiles(sdk.Path, "*.resources.dll", SearchOption.AllDirectories)
            .ToLookup(f => Path.GetFileName(Path.GetDirectoryName(f)));
        foreach (var language in Languages)
        {
            // A component is in several folders of the SDK, and components repeat each other's messages.
            var seen = new HashSet<string>(StringComparer.Ordinal);
            var files = all[language]
                .GroupBy(f => Path.GetFileName(f), StringComparer.Ordinal)
                .OrderBy(g => g.Key, StringComparer.Ordinal)
                .Select(g => g.Order(StringComparer.Ordinal).First());
            foreach (var file in files)
            {
                var messages = Strings(file).Where(m => m.Contains(' ', StringComparison.Ordinal) && seen.Add(m));
                // Messages are independent of each other, so each chunk is a document of its own.
                foreach (var chunk in messages.Chunk(Messages))
                    yield return new SourceDocument([string.Join('\n', chunk) + '\n']);
            }
        }
    }

    private static IEnumerable<string> Strings(string assembly)
    {
        using var image = new PEReader(File.OpenRead(assembly));
        var metadata = image.GetMetadataReader();
        var resources = image.PEHeaders.CorHeader!.ResourcesDirectory;
        foreach (var handle in metadata.ManifestResources)
        {
            var resource = metadata.GetManifestResource(handle);
            if (!resource.Implementation.IsNil || !metadata.GetString(resource.Name).EndsWith(".resources", StringComparison.Ordinal))
                continue;
            var block = image.GetSectionData(resources.RelativeVirtualAddress).GetReader((int)resource.Offset, resources.Size - (int)resource.Offset);
            using var stream = new MemoryStream(block.ReadBytes(block.ReadInt32()));
            foreach (var message in Strings(stream))
                yield return message;
        }
    }

    private static IEnumerable<string> Strings(Stream stream)
    {
        using var reader = new ResourceReader(stream);
        var messages = new SortedDictionary<string, string>(StringComparer.Ordinal);
        for (var entries = reader.GetEnumerator(); entries.MoveNext();)
        {
            try
            {
                if (entries.Value is string message)
                    messages[(string)entries.Key] = message.Replace("\r\n", "\n", StringComparison.Ordinal).Trim();
            }
            catch (Exception e) when (e is NotSupportedException or InvalidOperationException or FormatException or IOException
                or TypeLoadException or BadImageFormatException)
            {
                // Icons and other objects are not messages, and some cannot be read on this platform.
            }
        }
        return messages.Values;
    }
}
