using MoELab.Cells.Session;
using MoELab.Runs.Control;

namespace MoELab.Jupyter;

/// <summary>Answers requests about the kernel, and about code without running it.</summary>
internal static class KernelReplies
{
    private static readonly string LibraryVersion = typeof(KernelReplies).Assembly.GetName().Version!.ToString(3);

    public static JsonObject Info() => new()
    {
        ["status"] = "ok",
        ["protocol_version"] = WireMessage.Version,
        ["implementation"] = "moelab",
        ["implementation_version"] = LibraryVersion,
        ["language_info"] = new JsonObject
        {
            ["name"] = "csharp",
            ["version"] = "14",
            ["mimetype"] = "text/x-csharp",
            ["file_extension"] = ".cs",
            ["pygments_lexer"] = "csharp",
            ["codemirror_mode"] = "text/x-csharp",
            ["nbconvert_exporter"] = "",
        },
        ["banner"] = $"MoELab {LibraryVersion}: C# cells for mixture-of-experts research; `lab` is defined, #!lsmagic lists languages and magics",
        ["debugger"] = false,
        ["help_links"] = new JsonArray(),
    };

    /// <summary>Carries out the action of a live card's button; returns the data with which its comm is closed.</summary>
    public static JsonObject Act(JsonObject opened)
    {
        // What live.js names.
        if (opened["target_name"]?.ToString() != "moelab.run" || opened["data"] is not JsonObject asked)
            return [];
        try
        {
            return new() { ["said"] = RunActions.Act(asked["run"]?.ToString() ?? "", asked["action"]?.ToString() ?? "") };
        }
#pragma warning disable CA1031 // A button that cannot act must not end the kernel.
        catch (Exception e)
#pragma warning restore CA1031
        {
            return new() { ["failed"] = e.Message };
        }
    }

    public static async Task<JsonObject> Complete(NotebookSession session, WireMessage request, CancellationToken cancel)
    {
        var (code, cursor) = Cursor(request);
        var found = await session.Complete(code, cursor, new SilentOutput(), cancel).ConfigureAwait(false);
        var (start, end) = (Position(code, found.Start), Position(code, found.End));
        return new()
        {
            ["status"] = "ok",
            ["matches"] = new JsonArray([.. found.Items.Select(i => (JsonNode)i.Text)]),
            ["cursor_start"] = start,
            ["cursor_end"] = end,
            ["metadata"] = new JsonObject
            {
                ["_jupyter_types_experimental"] = new JsonArray([.. found.Items.Select(i => (JsonNode)new JsonObject
                {
                    ["text"] = i.Text,
                    ["type"] = Kind(i.Kind),
                    ["start"] = start,
                    ["end"] = end,
                    ["signature"] = i.Documentation ?? "",
                })]),
            },
        };
    }

    public static async Task<JsonObject> Inspect(NotebookSession session, WireMessage request, CancellationToken cancel)
    {
        var (code, cursor) = Cursor(request);
        var text = await session.Hover(code, cursor, new SilentOutput(), cancel).ConfigureAwait(false);
        return new()
        {
            ["status"] = "ok",
            ["found"] = text is not null,
            ["data"] = text is null ? [] : new JsonObject { ["text/markdown"] = text, ["text/plain"] = Plain(text) },
            ["metadata"] = new JsonObject(),
        };
    }

    public static JsonObject IsComplete(NotebookSession session, WireMessage request)
    {
        var status = session.Completeness(request.Text("code") ?? "");
        return status == "incomplete" ? new() { ["status"] = status, ["indent"] = "    " } : new() { ["status"] = status };
    }

    public static JsonObject Error(Exception e) => new()
    {
        ["status"] = "error",
        ["ename"] = e.GetType().Name,
        ["evalue"] = e.Message,
        ["traceback"] = new JsonArray(e is MoELabException ? e.Message : $"{e.GetType().Name}: {e.Message}"),
    };

    /// <summary>Markdown without the fences around its code.</summary>
    public static string Plain(string markdown) => string.Join('\n', markdown.Split('\n').Where(l => !l.StartsWith("```", StringComparison.Ordinal)));

    // Front ends count code points, .NET counts UTF-16 units.
    private static (string Code, int Offset) Cursor(WireMessage request)
    {
        var code = request.Text("code") ?? "";
        if (request.Int("cursor_pos") is not { } position)
            return (code, code.Length);
        var offset = 0;
        for (var i = 0; i < position && offset < code.Length; i++)
            offset += char.IsHighSurrogate(code[offset]) && offset + 1 < code.Length ? 2 : 1;
        return (code, offset);
    }

    private static int Position(string code, int offset) => offset - code.AsSpan(0, offset).ToArray().Count(char.IsLowSurrogate);

    private static string Kind(string tag) => tag switch
    {
        "Method" or "ExtensionMethod" => "function",
        "Property" or "Field" or "Event" or "EnumMember" => "property",
        "Class" or "Structure" or "Record" or "Interface" or "Delegate" or "Enum" => "class",
        "Local" or "Parameter" => "instance",
        "Namespace" => "module",
        "Keyword" => "keyword",
        _ => "text",
    };
}
