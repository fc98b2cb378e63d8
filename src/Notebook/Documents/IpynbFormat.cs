using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.RegularExpressions;
using MoELab.Recipes.Input;

namespace MoELab.Documents;

/// <summary>Jupyter's format: any nbformat 4 is read, 4.5 is written. Notebooks for .NET Interactive's C# kernel become ours.</summary>
internal static partial class IpynbFormat
{
    /// <summary>Maximum nesting of lists and objects.</summary>
    internal const int MaxJsonDepth = 256;

    private static readonly JsonSerializerOptions Writing = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        NewLine = "\n",
        MaxDepth = MaxJsonDepth,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Reads a notebook; errors name the file <paramref name="name"/>.</summary>
    /// <exception cref="InputException">Not a notebook of nbformat 4.</exception>
    public static NotebookDocument Parse(string text, string name)
    {
        try
        {
            var file = InputJson.Parse(text, name, "a notebook", MaxJsonDepth).Node as JsonObject
                ?? throw new InputException($"{name}: not a notebook; expected a JSON object");
            if ((int?)file["nbformat"] is not 4)
                throw new InputException($"{name}: nbformat is {file["nbformat"]?.ToJsonString() ?? "missing"}; "
                    + "expected 4 (open and save the notebook in Jupyter to convert it)");
            var metadata = (JsonObject?)file["metadata"]?.DeepClone() ?? [];
            var (language, unsaid) = LanguageOf(metadata);
            var cells = file["cells"] as JsonArray ?? throw new InputException($"{name}: not a notebook; it has no list of cells");
            var info = (metadata["polyglot_notebook"] as JsonObject)?["kernelInfo"] as JsonObject;
            var kernels = DibFormat.KernelNames(info);
            return new NotebookDocument
            {
                Metadata = metadata,
                Language = language,
                KernelInfo = (JsonObject?)info?.DeepClone(),
                Cells = [.. cells.Select((c, i) => Cell(c as JsonObject, i, (language, unsaid), kernels, name))],
            };
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidCastException or FormatException)
        {
            throw new InputException($"{name}: not a valid notebook of nbformat 4 ({e.Message.Split('\n')[0].TrimEnd('.')})", e);
        }
    }

    public static string ToText(NotebookDocument notebook)
    {
        var ids = new HashSet<string>(StringComparer.Ordinal);
        var metadata = (JsonObject)notebook.Metadata.DeepClone();
        if (notebook.Language == "csharp")
        {
            metadata.Remove("dotnet_interactive");
            metadata.Remove("polyglot_notebook");
            // A .dib file written from this notebook, and Polyglot Notebooks, read the list from there.
            if (notebook.KernelInfo is { } info && notebook.Kernels.Any(k => CellLanguages.Canonical(k) != "csharp"))
                metadata["polyglot_notebook"] = new JsonObject { ["kernelInfo"] = info.DeepClone() };
            metadata["kernelspec"] = new JsonObject { ["display_name"] = "MoELab (C#)", ["language"] = "csharp", ["name"] = "moelab" };
            metadata["language_info"] = new JsonObject { ["file_extension"] = ".cs", ["mimetype"] = "text/x-csharp", ["name"] = "csharp" };
        }
        return new JsonObject
        {
            ["cells"] = new JsonArray([.. notebook.Cells.Select((c, i) => (JsonNode)Json(c, Id(c, i, ids)))]),
            ["metadata"] = metadata,
            ["nbformat"] = 4,
            ["nbformat_minor"] = 5,
        }.ToJsonString(Writing) + "\n";
    }

    /// <summary>A text that nbformat may store as a list of lines.</summary>
    public static string Text(JsonNode? node) => node switch
    {
        null => "",
        JsonArray lines => string.Concat(lines.Select(l => (string?)l)),
        _ => (string?)node ?? "",
    };

    /// <summary>Whether content of a MIME type is JSON rather than text.</summary>
    public static bool IsJson(string mime) =>
        mime == "application/json" || (mime.StartsWith("application/", StringComparison.Ordinal) && mime.EndsWith("+json", StringComparison.Ordinal));

    private static NotebookCell Cell(JsonObject? cell, int index, (string Language, string Unsaid) notebook,
        IReadOnlyCollection<string> kernels, string name)
    {
        if (cell is null)
            throw new InputException($"{name}: cell {index + 1} is not an object");
        var metadata = (JsonObject?)cell["metadata"]?.DeepClone() ?? [];
        var own = (string?)metadata["polyglot_notebook"]?["kernelName"] ?? (string?)metadata["dotnet_interactive"]?["language"] ?? notebook.Unsaid;
        metadata.Remove("polyglot_notebook");
        metadata.Remove("dotnet_interactive");
        var source = Text(cell["source"]).Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n');
        var kind = (string?)cell["cell_type"] switch
        {
            "code" => CellKind.Code,
            "markdown" => CellKind.Markdown,
            "raw" => CellKind.Raw,
            var other => throw new InputException($"{name}: cell {index + 1} is of the type '{other}'; expected code, markdown or raw"),
        };
        // Older notebooks without .NET Interactive's metadata select a language by a magic, which is kept.
        if (kind == CellKind.Code && CellLanguages.Canonical(own) != notebook.Language
            && (CellLanguages.First(source) is not { } first || (CellLanguages.Marker("#!" + first, kernels) is null && first != own)))
            source = source.Length == 0 ? $"#!{own}" : $"#!{own}\n{source}";
        return new NotebookCell(kind, source)
        {
            Id = (string?)cell["id"],
            Metadata = metadata,
            ExecutionCount = kind == CellKind.Code ? (int?)cell["execution_count"] : null,
            Outputs = kind == CellKind.Code && cell["outputs"] is JsonArray outputs ? (JsonArray)outputs.DeepClone() : [],
            Attachments = (JsonObject?)cell["attachments"]?.DeepClone(),
        };
    }

    // The language of a notebook and of its cells without one. A file without a kernel is treated as ours. .NET Interactive's kernels share cells.
    private static (string Language, string Unsaid) LanguageOf(JsonObject metadata)
    {
        var kernel = (string?)metadata["kernelspec"]?["name"];
        var other = CellLanguages.Canonical((string?)metadata["kernelspec"]?["language"] ?? (string?)metadata["language_info"]?["name"]
            ?? kernel ?? "csharp");
        return kernel switch
        {
            null or "moelab" or ".net-csharp" => ("csharp", "csharp"),
            ".net-fsharp" => ("csharp", "fsharp"),
            ".net-powershell" => ("csharp", "pwsh"),
            _ => (other, other),
        };
    }

    private static JsonObject Json(NotebookCell cell, string id)
    {
        var json = new JsonObject();
        if (cell.Attachments is { } attachments)
            json["attachments"] = attachments.DeepClone();
        json["cell_type"] = cell.Kind switch { CellKind.Code => "code", CellKind.Markdown => "markdown", _ => "raw" };
        if (cell.Kind == CellKind.Code)
            json["execution_count"] = cell.ExecutionCount;
        json["id"] = id;
        json["metadata"] = cell.Metadata.DeepClone();
        if (cell.Kind == CellKind.Code)
            json["outputs"] = new JsonArray([.. cell.Outputs.Select(o => Output((JsonObject)o!.DeepClone()))]);
        json["source"] = Lines(cell.Source);
        return json;
    }

    private static JsonNode Output(JsonObject output)
    {
        if (output["text"] is { } text)
            output["text"] = Lines(Text(text));
        if (output["data"] is JsonObject data)
            foreach (var mime in data.Select(d => d.Key).Where(m => !IsJson(m)).ToArray())
                data[mime] = Lines(Text(data[mime]));
        return output;
    }

    private static JsonArray Lines(string text)
    {
        var lines = text.Split('\n');
        return new JsonArray([.. lines.Select((l, i) => i < lines.Length - 1 ? l + '\n' : l).Where(l => l.Length > 0).Select(l => (JsonNode)l)]);
    }

    // Ids are derived from position and text, so that converting again changes nothing.
    private static string Id(NotebookCell cell, int index, HashSet<string> taken)
    {
        if (cell.Id is { } own && ValidId().IsMatch(own) && taken.Add(own))
            return own;
        for (var salt = 0; ; salt++)
        {
            var id = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"{index}/{salt}/{cell.Source}")))[..8];
            if (taken.Add(id))
                return id;
        }
    }

    [GeneratedRegex("^[A-Za-z0-9_-]{1,64}$")]
    private static partial Regex ValidId();
}
