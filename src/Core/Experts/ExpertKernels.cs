using MoELab.Plugins;
using MoELab.Recipes;

namespace MoELab.Experts;

/// <summary>A kernel and, when it is not the one that was asked for, why.</summary>
/// <param name="Kernel">What computes the experts.</param>
/// <param name="Name">Its name.</param>
/// <param name="Note">A sentence when the choice could not be met, null otherwise.</param>
public sealed record SelectedKernel(IExpertKernel Kernel, string Name, string? Note);

/// <summary>Turns a recipe's choice of kernel into one that runs here.</summary>
public static class ExpertKernels
{
    /// <summary>The choice that takes the fastest.</summary>
    public const string Auto = "auto";

    private static readonly string[] BySpeed = ["cuda", "grouped-mm", "reference"];

    // Not grouped-mm: there it wants rows of whole 16 bytes, which not every size gives.
    private static readonly string[] BySpeedOnCpu = ["packed", "reference"];

    /// <summary>
    /// The kernel to use: the one chosen, or with <c>auto</c> the fastest that runs. A chosen kernel that does not run on this
    /// device or in this type is replaced by the fastest that does, and the note says so; one that computes other experts is not.
    /// </summary>
    /// <param name="catalog">The plugins at hand.</param>
    /// <param name="choice">The recipe's choice.</param>
    /// <param name="device">Where the experts live.</param>
    /// <param name="dtype">What they compute in.</param>
    /// <exception cref="RecipeException">No such kernel, an unknown option, or a kernel that does not run here and that no other can
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
                throw new RecipeException($"{note}, and no other kernel computes the same experts");
        }
        else if (choice.Options.Count > 0)
        {
            throw new RecipeException($"kernel.{choice.Options.First().Key}: '{Auto}' takes no options; name a kernel to set its options");
        }
        foreach (var name in device.type == DeviceType.CPU ? BySpeedOnCpu : BySpeed)
        {
            // One that comes as a plugin of its own may not be at hand.
            if (!catalog.All.Any(p => p.Kind == PluginKind.ExpertKernel && p.Name == name))
                continue;
            var kernel = catalog.Create<IExpertKernel>(new PluginChoice(name), "kernel");
            if (kernel.IsSupported(device, dtype, out var reason))
                return new SelectedKernel(kernel, name, note is null ? null : $"{note}; '{name}' takes its place");
            // The fastest may want for something that the user can install.
            if (choice.Name == Auto)
                note ??= $"kernel '{name}' does not run here ({reason})";
        }
        throw new RecipeException($"kernel: none computes {dtype} on {device}; expected one of {string.Join(", ", BySpeed)}");
    }
}
