using System.Text.Json.Nodes;
using MoELab.Recipes;

namespace MoELab.Documents;

/// <summary>A notebook's file, whatever its format: cells in order and what the file says about itself.</summary>
internal sealed class NotebookDocument
{
    /// <summary>The suffixes that can be read.</summary>
    public static readonly string[] Readable = [".ipynb", ".dib"];

    /// <summary>Bytes that a notebook's file may have; outputs can be large.</summary>
    public const int MostBytes = 256 << 20;

    public List<NotebookCell> Cells { get; init; } = [];

    /// <summary>Everything that the file says about itself, known here or not.</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>The language of code cells that name none: <c>csharp</c>, or that of the kernel which the file is for.</summary>
    public string Language { get; init; } = "csharp";

    /// <summary>The kernels of .NET Interactive that the file lists, as it lists them; null where it lists none.</summary>
    public JsonObject? KernelInfo { get; init; }

    /// <summary>Names of those kernels: each may begin a cell.</summary>
    public IReadOnlyCollection<string> Kernels => DibFormat.KernelNames(KernelInfo);

    /// <summary>Reads a file by its suffix.</summary>
    /// <exception cref="RecipeException">No such file, another suffix, or not what the suffix says.</exception>
    public static NotebookDocument Read(string path)
    {
        var suffix = Path.GetExtension(path).ToLowerInvariant();
        if (!Readable.Contains(suffix))
            throw new RecipeException($"{path}: cannot be read as a notebook; expected a name that ends with .ipynb or .dib");
        if (!File.Exists(path))
            throw new RecipeException(Directory.Exists(path) ? $"{path}: is a folder; expected a notebook" : $"{path}: no such file");
        var text = InputFile.ReadText(path, MostBytes, "a notebook");
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
