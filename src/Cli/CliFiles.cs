using MoELab.Recipes;

namespace MoELab.Cli;

/// <summary>Files that a user asks for.</summary>
internal static class CliFiles
{
    /// <summary>The full path of a file to write; its folder is made when absent.</summary>
    /// <exception cref="RecipeException">The path is a folder, or its folder cannot be made.</exception>
    public static string ToWrite(string path)
    {
        if (path.Length == 0)
            throw new RecipeException("the output's path is empty; expected a file");
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new RecipeException($"{path}: is a folder; expected the path of a file to write");
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
