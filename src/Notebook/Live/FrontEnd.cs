namespace MoELab.Live;

/// <summary>What a card's script needs to reach this process, which is one kernel.</summary>
internal static class FrontEnd
{
    /// <summary>The id of this kernel in a Jupyter server; empty if no server started it.</summary>
    public static string KernelId { get; private set; } = "";

    /// <summary>Takes the id from the name that servers give connection files: <c>kernel-ID.json</c>.</summary>
    public static void Connected(string connectionFile)
    {
        var name = Path.GetFileNameWithoutExtension(connectionFile);
        KernelId = name.StartsWith("kernel-", StringComparison.Ordinal) ? name["kernel-".Length..] : "";
    }
}
