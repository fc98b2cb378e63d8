using MoELab.Recipes;

namespace MoELab.Cli;

/// <summary>Output files named by the user.</summary>
internal static class CliFiles
{
    /// <summary>The full path of a file to write; its folder is created if it is missing.</summary>
    /// <exception cref="RecipeException">The path is a folder, or its folder cannot be created.</exception>
    public static string ToWrite(string path)
    {
        if (path.Length == 0)
            throw new RecipeException("the output path is empty; expected a file");
        var full = Path.GetFullPath(path);
        if (Directory.Exists(full))
            throw new RecipeException($"{path}: this is a folder; expected the path of a file to write");
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(full)!);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{path}: its folder cannot be created ({e.Message.TrimEnd('.')})", e);
        }
        return full;
    }
}
