using MoELab.Recipes.Input;

namespace MoELab.Documents;

/// <summary>A notebook file in any format: cells in order, and metadata.</summary>
internal sealed class NotebookDocument
{
    public static readonly string[] Readable = [".ipynb", ".dib"];

    /// <summary>Maximum size of a notebook file in bytes; outputs can be large.</summary>
    public const int MaxBytes = 256 << 20;

    public List<NotebookCell> Cells { get; init; } = [];

    /// <summary>All metadata of the file, including unknown keys.</summary>
    public JsonObject Metadata { get; init; } = [];

    /// <summary>The language of code cells without one: <c>csharp</c>, or that of the file's kernel.</summary>
    public string Language { get; init; } = "csharp";

    /// <summary>The list of .NET Interactive kernels in the file, unchanged; null if there is none.</summary>
    public JsonObject? KernelInfo { get; init; }

    /// <summary>Names of those kernels; each can start a cell.</summary>
    public IReadOnlyCollection<string> Kernels => DibFormat.KernelNames(KernelInfo);

    /// <summary>Reads a file by its extension.</summary>
    /// <exception cref="InputException">No such file, an unknown extension, or content that does not match the extension.</exception>
    public static NotebookDocument Read(string path)
    {
        var suffix = Path.GetExtension(path).ToLowerInvariant();
        if (!Readable.Contains(suffix))
            throw new InputException($"{path}: unknown notebook format; expected a name that ends with .ipynb or .dib");
        if (!File.Exists(path))
            throw new InputException(Directory.Exists(path) ? $"{path}: this is a folder; expected a notebook" : $"{path}: no such file");
        var text = InputFile.ReadText(path, MaxBytes, "a notebook");
        return suffix == ".dib" ? DibFormat.Parse(text, path) : IpynbFormat.Parse(text, path);
    }

    /// <param name="path">The path; ends with <c>.ipynb</c> or <c>.dib</c>.</param>
    public void Write(string path) =>
        WriteText(path, path.EndsWith(".dib", StringComparison.OrdinalIgnoreCase) ? DibFormat.ToText(this) : IpynbFormat.ToText(this));

    /// <summary>Writes a file: to a temporary name first, then renamed, so that a reader never sees half of it.</summary>
    public static void WriteText(string path, string text)
    {
        var beside = path + ".tmp";
        File.WriteAllText(beside, text);
        File.Move(beside, path, overwrite: true);
    }
}
