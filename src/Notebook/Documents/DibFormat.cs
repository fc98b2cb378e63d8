using System.Text.Encodings.Web;
using System.Text.Json;
using MoELab.Recipes.Input;

namespace MoELab.Documents;

/// <summary>
/// The text format of Polyglot Notebooks: an optional <c>#!meta</c> header in JSON, then cells that begin with <c>#!csharp</c>,
/// <c>#!markdown</c> and the like. It has no outputs; tags and other metadata of cells are kept in the header.
/// </summary>
internal static class DibFormat
{
    private const string Ours = "moelab";
    private static readonly JsonSerializerOptions Writing = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string[] NotForTheHeader = ["kernelspec", "language_info", "polyglot_notebook", "dotnet_interactive", "kernelInfo", Ours];
    private static readonly string[] OnlyHere = ["raw", "run", "study"];

    /// <summary>Reads a notebook; errors name the file <paramref name="name"/>.</summary>
    /// <exception cref="InputException">The header is not JSON.</exception>
    public static NotebookDocument Parse(string text, string name)
    {
        try
        {
            return Read(text, name);
        }
        catch (Exception e) when (e is InvalidOperationException or InvalidCastException or FormatException)
        {
            throw new InputException($"{name}: the header below #!meta is invalid ({e.Message.Split('\n')[0].TrimEnd('.')})", e);
        }
    }

    private static NotebookDocument Read(string text, string name)
    {
        var lines = text.TrimStart('\uFEFF').Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n').Split('\n');
        var (header, first) = Header(lines, name);
        var info = header["kernelInfo"] as JsonObject;
        var kernels = KernelNames(info);
        var language = CellLanguages.Canonical((string?)info?["defaultKernelName"] ?? "csharp");
        var cells = new List<(string Marker, List<string> Lines)>();
        foreach (var line in lines.Skip(first))
        {
            if (CellLanguages.Marker(line, kernels) is { } marker)
                cells.Add((marker, []));
            else if (cells.Count > 0)
                cells[^1].Lines.Add(CellLanguages.Unescape(line, kernels));
            else if (line.Length > 0)
                cells.Add((language, [line]));
        }
        var kept = header[Ours] is JsonObject ours && (int?)ours["cells"] == cells.Count ? ours["of"] as JsonObject : null;
        header.Remove("kernelInfo");
        header.Remove(Ours);
        return new NotebookDocument
        {
            Metadata = header,
            KernelInfo = info,
            Language = language,
            Cells = [.. cells.Select((c, i) => Cell(c.Marker, Body(string.Join('\n', c.Lines)), language, kept?[$"{i}"]))],
        };
    }

    public static string ToText(NotebookDocument notebook)
    {
        var header = (JsonObject)notebook.Metadata.DeepClone();
        foreach (var key in NotForTheHeader)
            header.Remove(key);
        string[] known = [.. notebook.Kernels.Append(notebook.Language).Distinct()];
        var split = notebook.Cells.Select(c => Split(c, notebook.Language, known)).ToArray();
        header["kernelInfo"] = KernelInfo(notebook, split.Select(c => c.Marker));
        var of = new JsonObject();
        foreach (var (i, cell) in notebook.Cells.Index())
            if (Kept(cell) is { Count: > 0 } kept)
                of[$"{i}"] = kept;
        if (of.Count > 0)
            header[Ours] = new JsonObject { ["cells"] = notebook.Cells.Count, ["of"] = of };
        var lines = new List<string> { "#!meta", "", header.ToJsonString(Writing), "" };
        foreach (var (marker, body) in split)
        {
            lines.AddRange([$"#!{marker}", ""]);
            if (body.Length > 0)
                lines.AddRange([.. body.Split('\n').Select(l => CellLanguages.Escape(l, known)), ""]);
        }
        return string.Join('\n', lines);
    }

    // The list is kept as in the file, with aliases and everything else about a kernel. Polyglot Notebooks reads '#!raw', '#!run' and '#!study' as
    // text of the cell before, unless they are in the list.
    private static JsonObject KernelInfo(NotebookDocument notebook, IEnumerable<string> markers)
    {
        var info = (JsonObject?)notebook.KernelInfo?.DeepClone() ?? [];
        var items = info["items"] as JsonArray ?? [];
        if (!notebook.Kernels.Any(k => CellLanguages.Canonical(k) == notebook.Language))
            items.Insert(0, new JsonObject { ["name"] = notebook.Language, ["aliases"] = new JsonArray() });
        foreach (var name in markers.Intersect(OnlyHere).Except(notebook.Kernels))
            items.Add(new JsonObject { ["name"] = name, ["aliases"] = new JsonArray() });
        info["defaultKernelName"] = notebook.Language;
        info["items"] = items;
        return info;
    }

    /// <summary>Names and aliases of the kernels in a <c>kernelInfo</c>.</summary>
    public static IReadOnlyCollection<string> KernelNames(JsonNode? info) => (info as JsonObject)?["items"] is not JsonArray items ? []
        : [.. items.OfType<JsonObject>().SelectMany(i => (i["aliases"] as JsonArray ?? []).Prepend(i["name"]))
            .Select(n => n is JsonValue v && v.TryGetValue<string>(out var name) ? name : "").Where(n => n.Length > 0).Distinct()];

    private static (JsonObject Header, int First) Header(string[] lines, string name)
    {
        var start = Array.FindIndex(lines, l => l.Length > 0);
        if (start < 0 || !lines[start].StartsWith("#!meta", StringComparison.Ordinal))
            return ([], 0);
        var end = Array.FindIndex(lines, start + 1, l => l.StartsWith("#!", StringComparison.Ordinal)) is var found and >= 0 ? found : lines.Length;
        // The empty lines make the line number in an error that of the file.
        var field = InputJson.Parse(new string('\n', start + 1) + string.Join('\n', lines[(start + 1)..end]), name, "a JSON object below #!meta");
        return (field.Node is null ? [] : field.AsObject(), end);
    }

    private static NotebookCell Cell(string marker, string body, string language, JsonNode? kept)
    {
        var canonical = CellLanguages.Canonical(marker);
        var kind = canonical switch { "markdown" => CellKind.Markdown, "raw" => CellKind.Raw, _ => CellKind.Code };
        var source = kind != CellKind.Code || canonical == language ? body : body.Length == 0 ? $"#!{marker}" : $"#!{marker}\n{body}";
        return new NotebookCell(kind, source)
        {
            Metadata = kept?["metadata"]?.DeepClone() as JsonObject ?? [],
            Attachments = kept?["attachments"]?.DeepClone() as JsonObject,
        };
    }

    // A code cell that starts with the magic of another language is a cell of that language.
    private static (string Marker, string Body) Split(NotebookCell cell, string language, IReadOnlyCollection<string> known)
    {
        if (cell.Kind != CellKind.Code)
            return (cell.Kind == CellKind.Markdown ? "markdown" : "raw", Body(cell.Source));
        var end = cell.Source.IndexOf('\n', StringComparison.Ordinal);
        var first = CellLanguages.Marker(end < 0 ? cell.Source : cell.Source[..end], known);
        return first is not null && CellLanguages.Canonical(first) is var canonical && canonical is not ("markdown" or "raw") && canonical != language
            ? (first, Body(end < 0 ? "" : cell.Source[(end + 1)..]))
            : (language, Body(cell.Source));
    }

    private static JsonObject Kept(NotebookCell cell)
    {
        var metadata = (JsonObject)cell.Metadata.DeepClone();
        metadata.Remove("execution");
        var kept = new JsonObject();
        if (metadata.Count > 0)
            kept["metadata"] = metadata;
        if (cell.Attachments is { } attachments)
            kept["attachments"] = attachments.DeepClone();
        return kept;
    }

    // The format puts empty lines between cells, so empty lines at the ends of a cell are not part of it.
    private static string Body(string text) => text.Trim('\n');
}
