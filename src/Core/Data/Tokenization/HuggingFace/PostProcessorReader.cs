namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>
/// Reads the part <c>post_processor</c>: the special token around a text. It becomes the separator before each
/// document of a run; a file that puts different tokens around a text is rejected.
/// </summary>
internal static class PostProcessorReader
{
    /// <summary>The token's content, or null if nothing is added.</summary>
    public static string? Read(JsonPart json)
    {
        var around = new List<string>();
        if (!json.IsNull)
            Add(json, around);
        var distinct = around.Distinct(StringComparer.Ordinal).ToArray();
        return distinct.Length <= 1 ? distinct.FirstOrDefault()
            : throw json.Error($"puts {string.Join(" and ", distinct.Select(t => $"'{t}'"))} around a text, "
                + "but MoELab puts one separator between documents; expected at most one such token");
    }

    private static void Add(JsonPart json, List<string> around)
    {
        switch (json.Component("ByteLevel add_prefix_space trim_offsets use_regex", "TemplateProcessing single pair special_tokens",
            "BertProcessing sep cls trim_offsets add_prefix_space", "RobertaProcessing sep cls trim_offsets add_prefix_space", "Sequence processors"))
        {
            case "Sequence":
                foreach (var item in json["processors"].Items())
                    Add(item, around);
                break;
            case "BertProcessing" or "RobertaProcessing":
                around.AddRange([First(json["cls"]), First(json["sep"])]);
                break;
            case "TemplateProcessing":
                AddTemplate(json, around);
                break;
                // ByteLevel affects only offsets, which are not used here.
        }
    }

    private static string First(JsonPart pair) => pair.Items().Select(p => p.Text()).DefaultIfEmpty("").First();

    private static void AddTemplate(JsonPart json, List<string> around)
    {
        var texts = 0;
        foreach (var item in json["single"].Items())
        {
            item.Only("SpecialToken", "Sequence");
            if (item["SpecialToken"].IsNull)
            {
                if (item["Sequence"]["id"].Text() != "A" || ++texts > 1)
                    throw item.Error("is not a single text A; expected the text once");
                continue;
            }
            var name = item["SpecialToken"]["id"].Text();
            var tokens = json["special_tokens"][name]["tokens"].Items().Select(t => t.Text()).ToArray();
            if (tokens.Length != 1)
                throw item.Error($"represents {tokens.Length} tokens; expected one");
            around.Add(tokens[0]);
        }
        if (texts == 0)
            throw json["single"].Error("has no text; expected the text once");
    }
}
