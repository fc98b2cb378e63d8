namespace MoELab.Contracts;

/// <summary>Marks an assembly that carries plugins and the contract it was built against.</summary>
/// <param name="contractVersion">The value of <see cref="PluginContract.Version"/> at build time.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class MoELabPluginAttribute(int contractVersion) : Attribute
{
    /// <summary>The contract that the assembly was built against.</summary>
    public int ContractVersion { get; } = contractVersion;
}
