using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;

namespace MoELab.Plugins;

/// <summary>Facts about an assembly file, read from its metadata without loading it.</summary>
internal sealed record PluginAssembly(string Path, int Contract, IReadOnlyList<string> Plugins)
{
    private const ushort AttributeProlog = 1;

    /// <summary>Reads the attributes of a plugin assembly; null for a file that is not a managed assembly or is not marked.</summary>
    public static PluginAssembly? Read(string path)
    {
        try
        {
            using var stream = Open(path);
            using var pe = new PEReader(stream);
            return pe.HasMetadata ? Read(path, pe.GetMetadataReader()) : null;
        }
        catch (BadImageFormatException)
        {
            return null;
        }
    }

    /// <summary>The plugin assemblies directly in a folder, by file name.</summary>
    public static PluginAssembly[] In(string folder) =>
        [.. Directory.EnumerateFiles(folder, "*.dll").Order(StringComparer.Ordinal).Select(Read).OfType<PluginAssembly>()];

    /// <summary>Opens a file that another process may replace meanwhile.</summary>
    public static FileStream Open(string path) => new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>The first sixteen hex digits of a file's SHA-256.</summary>
    public static string HashOf(string path)
    {
        using var stream = Open(path);
        return Convert.ToHexStringLower(SHA256.HashData(stream))[..16];
    }

    /// <summary>A sentence if the contract version does not match; otherwise null.</summary>
    public string? ContractProblem() => Contract == PluginContract.Version
        ? null
        : $"{System.IO.Path.GetFileName(Path)}: built against plugin contract {Contract}, but this MoELab has contract {PluginContract.Version}; "
            + $"rebuild it against this MoELab.Core, or {(Contract > PluginContract.Version ? "update MoELab" : "use an older MoELab")}";

    private static PluginAssembly? Read(string path, MetadataReader reader)
    {
        // Nearly all files next to an application end here: without a reference to Core it cannot be marked.
        if (!reader.AssemblyReferences.Any(h => reader.StringComparer.Equals(reader.GetAssemblyReference(h).Name, "MoELab.Core")))
            return null;
        var contract = Values(reader, reader.GetAssemblyDefinition().GetCustomAttributes(), nameof(MoELabPluginAttribute)).ToArray();
        if (contract.Length == 0)
            return null;
        var names = reader.TypeDefinitions.SelectMany(t => Values(reader, reader.GetTypeDefinition(t).GetCustomAttributes(), nameof(PluginAttribute)))
            .Select(value => Argument(reader, value, blob => blob.ReadSerializedString()) ?? "");
        return new PluginAssembly(path, Argument(reader, contract[0], blob => blob.ReadInt32()), [.. names]);
    }

    private static IEnumerable<BlobHandle> Values(MetadataReader reader, CustomAttributeHandleCollection attributes, string type)
    {
        foreach (var handle in attributes)
        {
            var attribute = reader.GetCustomAttribute(handle);
            if (attribute.Constructor.Kind != HandleKind.MemberReference)
                continue;
            var parent = reader.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
            if (parent.Kind != HandleKind.TypeReference)
                continue;
            var reference = reader.GetTypeReference((TypeReferenceHandle)parent);
            if (reader.StringComparer.Equals(reference.Name, type) && reader.StringComparer.StartsWith(reference.Namespace, "MoELab."))
                yield return attribute.Value;
        }
    }

    private static T? Argument<T>(MetadataReader reader, BlobHandle value, Func<BlobReader, T> read)
    {
        var blob = reader.GetBlobReader(value);
        return blob.ReadUInt16() == AttributeProlog ? read(blob) : default;
    }
}
