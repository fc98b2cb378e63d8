namespace MoELab.Data;

/// <summary>A domain that can be prepared on this machine.</summary>
/// <param name="Name">The domain.</param>
/// <param name="Source">Package and version, or path.</param>
/// <param name="Licence">Its licence, or empty for a user's own files.</param>
public sealed record DomainSource(string Name, string Source, string Licence);
