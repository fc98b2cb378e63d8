using System.Text.Json.Nodes;
using MoELab.Recipes;

namespace MoELab.Documents;

/// <summary>A notebook's file, whatever its format: cells in order and what the file says about itself.</summary>
internal sealed class NotebookDocument
{
    /// <summary>The suffixes that can be read.</summary>
    public static readonly string[] Readable = [".ipynb", ".dib"];

    public List<NotebookCell> Cells { get; init; } = [];

    /// <summary>Everything that the file says about itself, known here or not.</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>The language of code cells that name none: <c>csharp</c>, or that of the kernel which the file is for.</summary>
    public string Language { get; init; } = "csharp";

    /// <summary>Kernels beside the known ones that the file names: each may begin a cell.</summary>
    public IReadOnlyCollection<string> Kernels { get; init; } = [];

    /// <summary>Reads a file by its suffix.</summary>
    /// <exception cref="RecipeException">No such file, another suffix, or not what the suffix says.</exception>
    public static NotebookDocument Read(string path)
    {
        var suffix = Path.GetExtension(path).ToLowerInvariant();
        if (!Readable.Contains(suffix))
            throw new RecipeException($"{path}: cannot be read as a notebook; expected a name that ends with .ipynb or .dib");
        if (!File.Exists(path))
            throw new RecipeException(Directory.Exists(path) ? $"{path}: is a folder; expected a notebook" : $"{path}: no such file");
        var text = File.ReadAllText(path);
        return suffix == ".dib" ? DibFormat.Parse(text, path) : IpynbFormat.Parse(text, path);
    }

    /// <summary>Writes a file by its suffix, beside and then renamed, so that a reader never sees half of it.</summary>
    /// <param name="path">Ends with <c>.ipynb</c>, <c>.dib</c> or <c>.html</c>.</param>
    public void Write(string path)
    {
        var text = Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".dib" => DibFormat.ToText(this),
            ".html" => Html.NotebookPage.ToHtml(this, Path.GetFileNameWithoutExtension(path)),
            _ => IpynbFormat.ToText(this),
        };
        var beside = path + ".tmp";
        File.WriteAllText(beside, text);
        File.Move(beside, path, overwrite: true);
    }
}
