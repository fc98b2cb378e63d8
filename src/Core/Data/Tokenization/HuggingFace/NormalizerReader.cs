using MoELab.Data.Tokenization.Pieces;
using MoELab.Data.Tokenization.Unicode;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>Reads the part <c>normalizer</c>.</summary>
internal static class NormalizerReader
{
    /// <summary>The normalization of a text; null for none.</summary>
    public static Func<string, string>? Read(JsonPart json)
    {
        if (json.IsNull)
            return null;
        switch (json.Component("NFC", "NFD", "NFKC", "NFKD", "Lowercase", "StripAccents", "Strip strip_left strip_right", "Prepend prepend",
            "Replace pattern content", "Sequence normalizers"))
        {
            case "Lowercase":
                return UnicodeText.Lowercase;
            case "StripAccents":
                return text => string.Concat(text.EnumerateRunes().Where(r => !UnicodeText.IsMark(r)));
            case "Strip":
                var (left, right) = (json["strip_left"].Flag(false), json["strip_right"].Flag(false));
                return text => left && right ? text.Trim() : left ? text.TrimStart() : right ? text.TrimEnd() : text;
            case "Prepend":
                var prefix = json["prepend"].Text();
                return text => text.Length == 0 ? text : prefix + text;
            case "Replace":
                return Replace(json);
            case "Sequence":
                var steps = json["normalizers"].Items().Select(Read).OfType<Func<string, string>>().ToArray();
                return text => steps.Aggregate(text, (changed, step) => step(changed));
            case var form:
                var (compatible, compose) = (form.Length == 4, form[^1] == 'C');
                return text => UnicodeNormalization.Normalize(text, compatible, compose);
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
}
