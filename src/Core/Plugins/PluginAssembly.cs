using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Security.Cryptography;

namespace MoELab.Plugins;

/// <summary>Facts about an assembly file, read from its metadata without loading it.</summary>
/// <param name="Path">The file.</param>
/// <param name="Contract">The contract version against which it was built.</param>
/// <param name="Plugins">The names in its <c>[Plugin]</c> attributes.</param>
internal sealed record PluginAssembly(string Path, int Contract, IReadOnlyList<string> Plugins)
{
    private const ushort AttributeProlog = 1;

    /// <summary>Reads the attributes of a plugin assembly; null for a file that is not a managed assembly or is not marked.</summary>
    public static PluginAssembly? Read(string path)
    {
        try
        {
            using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            using var pe = new PEReader(stream);
            return pe.HasMetadata ? Read(path, pe.GetMetadataReader()) : null;
        }
        catch (BadImageFormatException)
        {
            return null;
        }
    }

    /// <summary>The first sixteen hex digits of a file's SHA-256.</summary>
    public static string HashOf(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        return Convert.ToHexStringLower(SHA256.HashData(stream))[..16];
    }

    /// <summary>A sentence if the contract version does not match; otherwise null.</summary>
    public string? ContractProblem() => Contract == PluginContract.Version
        ? null
        : $"{System.IO.Path.GetFileName(Path)}: built against plugin contract {Contract}, but this MoELab has contract {PluginContract.Version}; "
            + $"rebuild it against this MoELab.Core, or {(Contract > PluginContract.Version ? "update MoELab" : "use an older MoELab")}";

    private static PluginAssembly? Read(string path, MetadataReader reader)
    {
        // Nearly every file next to an application ends here: without a reference to Core it cannot be marked.
        if (!reader.AssemblyReferences.Any(h => reader.StringComparer.Equals(reader.GetAssemblyReference(h).Name, "MoELab.Core")))
            return null;
        var contract = Values(reader, reader.GetAssemblyDefinition().GetCustomAttributes(), nameof(MoELabPluginAttribute)).ToArray();
        if (contract.Length == 0)
            return null;
        var names = reader.TypeDefinitions.SelectMany(t => Values(reader, reader.GetTypeDefinition(t).GetCustomAttributes(), nameof(PluginAttribute)))
            .Select(b => ReadName(reader, b));
        return new PluginAssembly(path, ReadVersion(reader, contract[0]), [.. names]);
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

    private static int ReadVersion(MetadataReader reader, BlobHandle value)
    {
        var blob = reader.GetBlobReader(value);
        return blob.ReadUInt16() == AttributeProlog ? blob.ReadInt32() : 0;
    }

    private static string ReadName(MetadataReader reader, BlobHandle value)
    {
        var blob = reader.GetBlobReader(value);
        return blob.ReadUInt16() == AttributeProlog ? blob.ReadSerializedString() ?? "" : "";
    }
}
