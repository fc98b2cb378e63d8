namespace MoELab.Cli;

/// <summary>Output files named by the user.</summary>
internal static class CliFiles
{
    /// <summary>The full path of a file to write; its folder is created if it is missing.</summary>
    /// <param name="path">The file.</param>
    /// <param name="replace">Whether it may replace a file that has content.</param>
    /// <exception cref="InputException">The path is a folder, its folder cannot be created, or the file must not be replaced.</exception>
    public static string ToWrite(string path, bool replace = true)
    {
        if (path.Length == 0)
            throw new InputException("the output path is empty; expected a file");
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new InputException($"{path}: this is a folder; expected the path of a file to write");
        if (!replace && new FileInfo(full) is { Exists: true, Length: > 0 })
            throw new InputException($"{path}: the file exists; use --force to overwrite it");
        Try(() => Directory.CreateDirectory(Path.GetDirectoryName(full)!), why => $"{path}: its folder cannot be created ({why})");
        return full;
    }

    /// <summary>Reports an error of the file system in one sentence.</summary>
    /// <exception cref="InputException">The action failed with such an error.</exception>
    public static T Try<T>(Func<T> action, Func<string, string> sentence)
    {
        try
        {
            return action();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException(sentence(e.Message.TrimEnd('.')), e);
        }
    }
}
