using MoELab.Data.Tokenization.Pieces;
using MoELab.Data.Tokenization.Unicode;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>Reads the part <c>normalizer</c>.</summary>
internal static class NormalizerReader
{
    private const string Expected = "NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, Prepend, Replace or a Sequence of these";

    /// <summary>The normalization of a text; null for none.</summary>
    public static Func<string, string>? Read(JsonPart json)
    {
        if (json.IsNull)
            return null;
        switch (json.Type)
        {
            case "NFC" or "NFD" or "NFKC" or "NFKD":
                var (compatible, compose) = (json.Type.Length == 4, json.Type[^1] == 'C');
                json.Only("type");
                return text => UnicodeNormalization.Normalize(text, compatible, compose);
            case "Lowercase":
                json.Only("type");
                return UnicodeText.Lowercase;
            case "StripAccents":
                json.Only("type");
                return WithoutMarks;
            case "Strip":
                json.Only("type", "strip_left", "strip_right");
                var (left, right) = (json["strip_left"].Flag(false), json["strip_right"].Flag(false));
                return text => left && right ? text.Trim() : left ? text.TrimStart() : right ? text.TrimEnd() : text;
            case "Prepend":
                var prefix = json.Only("type", "prepend")["prepend"].Text();
                return text => text.Length == 0 ? text : prefix + text;
            case "Replace":
                return Replace(json.Only("type", "pattern", "content"));
            case "Sequence":
                var steps = json.Only("type", "normalizers")["normalizers"].Items().Select(Read).OfType<Func<string, string>>().ToArray();
                return text => steps.Aggregate(text, (changed, step) => step(changed));
            default:
                throw json["type"].Error($"is '{json.Type}', which is not supported; expected {Expected}");
        }
    }

    private static Func<string, string> Replace(JsonPart json)
    {
        var content = json["content"].Text();
        var pattern = json["pattern"].Only("String", "Regex");
        if (!pattern["Regex"].IsNull)
        {
            var split = new PatternSplit(PatternReader.Compile(pattern["Regex"]));
            return text => split.Replace(text, content);
        }
        var literal = pattern["String"].Text();
        if (literal.Length == 0)
            throw pattern["String"].Error("is empty; expected the text to replace");
        return text => text.Replace(literal, content, StringComparison.Ordinal);
    }

    private static string WithoutMarks(string text)
    {
        var kept = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
        {
            if (!UnicodeText.IsMark(rune))
                kept.Append(rune.ToString());
        }
        return kept.ToString();
    }
}
