using MoELab.Recipes;

namespace MoELab.Cli;

/// <summary>Files that a user asks for.</summary>
internal static class CliFiles
{
    /// <summary>The full path of a file to write; its folder is made when absent.</summary>
    /// <param name="path">Where it goes.</param>
    /// <param name="replace">Whether it may take the place of a file that has content.</param>
    /// <exception cref="RecipeException">The path is a folder, its folder cannot be made, or a file must not be replaced.</exception>
    public static string ToWrite(string path, bool replace = true)
    {
        if (path.Length == 0)
            throw new RecipeException("the output's path is empty; expected a file");
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new RecipeException($"{path}: is a folder; expected the path of a file to write");
        if (!replace && new FileInfo(full) is { Exists: true, Length: > 0 })
            throw new RecipeException($"{path}: exists; --force replaces it");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{path}: its folder cannot be made ({e.Message.TrimEnd('.')})", e);
        }
        return full;
    }
}
