using System.Reflection;
using MoELab.Plugins;

namespace MoELab.Experts;

/// <summary>A kernel and, when it is not the one that was asked for, why.</summary>
/// <param name="Kernel">What computes the experts.</param>
/// <param name="Name">Its name.</param>
/// <param name="Note">A sentence when the choice could not be met, null otherwise.</param>
public sealed record SelectedKernel(IExpertKernel Kernel, string Name, string? Note);

/// <summary>Turns a recipe's choice of kernel into one that runs here.</summary>
public static class ExpertKernels
{
    /// <summary>The choice that takes the usable kernel with the highest priority.</summary>
    public const string Auto = PluginSlot.Auto;

    /// <summary>
    /// The kernel to use: the one chosen, or with <c>auto</c> the one with the highest <see cref="KernelPriorityAttribute"/> that runs. A chosen
    /// kernel that does not run on this device or in this type is replaced in the same way, and the note says so; one that computes other
    /// experts is not.
    /// </summary>
    /// <exception cref="InputException">No such kernel, an unknown option, or a kernel that does not run here and that no other can
    /// replace.</exception>
    public static SelectedKernel Select(PluginCatalog catalog, PluginChoice choice, torch.Device device, torch.ScalarType dtype)
    {
        string? note = null;
        if (choice.Name != Auto)
        {
            var chosen = catalog.Create<IExpertKernel>(choice, "kernel");
            if (chosen.IsSupported(device, dtype, out var reason))
                return new SelectedKernel(chosen, choice.Name, null);
            note = $"kernel '{choice.Name}' does not run here ({reason})";
            if (!chosen.IsReplaceable)
                throw new InputException($"{note}, and no other kernel computes the same experts");
        }
        else if (choice.Options.Count > 0)
        {
            throw new InputException($"kernel.{choice.Options.First().Key}: '{Auto}' takes no options; name a kernel to set its options");
        }
        var candidates = ByPriority(catalog, device.type);
        foreach (var name in candidates)
        {
            var kernel = catalog.Create<IExpertKernel>(new PluginChoice(name), "kernel");
            if (kernel.IsSupported(device, dtype, out var reason))
                return new SelectedKernel(kernel, name, note is null ? null : $"{note}; '{name}' is used instead");
            // The fastest may want for something that the user can install.
            if (choice.Name == Auto)
                note ??= $"kernel '{name}' does not run here ({reason})";
        }
        throw new InputException($"kernel: none computes {dtype} on {device}; expected one of {string.Join(", ", candidates)}");
    }

    private static string[] ByPriority(PluginCatalog catalog, DeviceType device) =>
    [
        .. from plugin in catalog.All
           where plugin.Kind == PluginKind.ExpertKernel
           from offer in plugin.Type.GetCustomAttributes<KernelPriorityAttribute>(inherit: false)
           where offer.Device == device
           orderby offer.Priority descending, plugin.Name
           select plugin.Name,
    ];
}
