using System.Reflection;
using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Events;
using Microsoft.DotNet.Interactive.Formatting;

namespace MoELab.Interactive;

/// <summary>Called by <c>extension.dib</c> when the package is loaded into a notebook of .NET Interactive.</summary>
public static class KernelExtension
{
    /// <summary>
    /// Adds the magics, displays and live cards to the notebook's C# cells, and the kernel <c>#!moelab</c>. A second call returns the first
    /// one's lab.
    /// </summary>
    /// <param name="kernel">Any kernel of the notebook.</param>
    /// <returns>The lab of the notebook; null if it could not be added, which the cell then says in one sentence.</returns>
    public static Lab Load(Kernel kernel)
    {
        ArgumentNullException.ThrowIfNull(kernel);
        try
        {
            if (HostProblem() is { } problem)
                throw new InputException(problem);
            // The notebook shows all that an exception writes.
            MoELabException.IsPlain = true;
            var host = LabHost.Of(kernel);
            if (host.Missing is { } missing && KernelInvocationContext.Current is { } cell)
                cell.Publish(new StandardErrorValueProduced(cell.Command,
                    [new FormattedValue("text/plain", $"MoELab: {missing}{Environment.NewLine}")]));
            return host.Lab;
        }
        catch (Exception e) when (e is MoELabException or TypeLoadException or MissingMemberException or FileNotFoundException or FileLoadException)
        {
            var sentence = e is MoELabException ? e.Message
                : $"this notebook runs on .NET Interactive {HostVersion}, and MoELab was built for {BuiltFor}: {e.Message}";
            if (KernelInvocationContext.Current is not { } context)
                throw new InvalidOperationException($"MoELab: {sentence}", e);
            context.Fail(context.Command, message: $"MoELab: {sentence}");
            return null!;
        }
    }

    private static string HostVersion =>
        Plain(typeof(Kernel).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion);

    private static string BuiltFor => typeof(KernelExtension).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .First(a => a.Key == "DotNetInteractive").Value!;

    // Another TorchSharp cannot be beside this one, because there is one libtorch in a process.
    private static string? HostProblem()
    {
        var wanted = typeof(Lab).Assembly.GetReferencedAssemblies().First(a => a.Name == "TorchSharp").Version;
        var loaded = AppDomain.CurrentDomain.GetAssemblies().FirstOrDefault(a => a.GetName().Name == "TorchSharp")?.GetName().Version;
        return loaded is null || loaded == wanted ? null
            : $"this notebook has loaded TorchSharp {loaded}, and MoELab needs {wanted}; restart the kernel and load MoELab first";
    }

    private static string Plain(string? version) => version?.Split('+')[0] ?? "of an unknown version";
}
