namespace MoELab.Runs.Folder;

/// <summary>Distinguishes an exception of the file system from others: a full disk, a missing right, a file beyond a limit.</summary>
internal static class DiskError
{
    public static bool Is(Exception e) => e is IOException or UnauthorizedAccessException || IsTooLarge(e);

    /// <summary>Its message, without a full stop.</summary>
    public static string Reason(Exception e) =>
        IsTooLarge(e) ? "the file would be larger than the disk or a limit of this process allows" : e.Message.TrimEnd('.');

    // What the runtime makes of EFBIG.
    private static bool IsTooLarge(Exception e) =>
        e is ArgumentOutOfRangeException { ParamName: "value", TargetSite.DeclaringType.Namespace: "System.IO" };
}
