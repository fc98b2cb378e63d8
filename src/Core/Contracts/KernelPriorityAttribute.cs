namespace MoELab.Contracts;

/// <summary>
/// Offers an expert kernel to the recipe's choice <c>auto</c>, which takes the usable kernel with the highest priority on the device.
/// A kernel without it is used only where a recipe names it; one attribute per device.
/// </summary>
/// <param name="device">The device that the priority is for.</param>
/// <param name="priority">Any number; higher comes first. <c>reference</c>, which runs everywhere, has 0.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class KernelPriorityAttribute(DeviceType device, int priority) : Attribute
{
    /// <summary>The device that the priority is for.</summary>
    public DeviceType Device { get; } = device;

    /// <summary>Higher comes first.</summary>
    public int Priority { get; } = priority;
}
