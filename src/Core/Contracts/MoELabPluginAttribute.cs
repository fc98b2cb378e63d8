namespace MoELab.Contracts;

/// <summary>Marks an assembly that contains plugins, with the contract version against which it was built.</summary>
/// <param name="contractVersion">The value of <see cref="PluginContract.Version"/> at build time.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class MoELabPluginAttribute(int contractVersion) : Attribute
{
    /// <summary>The contract version against which the assembly was built.</summary>
    public int ContractVersion { get; } = contractVersion;
}
