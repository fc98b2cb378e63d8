using System.Text.RegularExpressions;
using MoELab.Data.Tokenization.Bpe;
using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>Reads the part <c>pre_tokenizer</c>: how a text is split.</summary>
internal static class PreTokenizerReader
{
    private const string Expected =
        "ByteLevel, Split, Digits, Punctuation, Whitespace, WhitespaceSplit, BertPreTokenizer, CharDelimiterSplit, Metaspace or a Sequence of these";
    private const string Punctuation = @"[\p{P}!-/:-@\[-`{-~]";

    // Rust's own patterns include the joiners in word characters, but not fractions.
    private const string RustWord = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9\u200C\u200D";

    public static TokenizerSteps Read(JsonPart json)
    {
        var steps = new List<PieceStep>();
        if (!json.IsNull)
            Add(json, steps);
        var bytes = steps.Exists(s => s is ByteSpelling);
        // As the last step, it can be skipped for pieces that are already cached.
        var last = steps.Count > 0 && steps[^1] is ByteSpelling;
        return new TokenizerSteps { Cuts = last ? steps[..^1] : steps, SpellsBytes = last, SpellsAnyBytes = bytes };
    }

    private static void Add(JsonPart json, List<PieceStep> steps)
    {
        switch (json.Type)
        {
            case "Sequence":
                foreach (var item in json.Only("type", "pretokenizers")["pretokenizers"].Items())
                    Add(item, steps);
                break;
            case "ByteLevel":
                json.Only("type", "add_prefix_space", "trim_offsets", "use_regex");
                if (json["add_prefix_space"].Flag(false))
                    steps.Add(new PrefixSpace());
                if (json["use_regex"].Flag(true))
                    steps.Add(BpePattern.Gpt2Split);
                steps.Add(new ByteSpelling());
                break;
            case "Split":
                steps.Add(Split(json.Only("type", "pattern", "behavior", "invert")));
                break;
            case "Digits":
                json.Only("type", "individual_digits");
                steps.Add(Cut(@"\p{N}", json["individual_digits"].Flag(false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous));
                break;
            case "Punctuation":
                json.Only("type", "behavior");
                steps.Add(Cut(Punctuation, json["behavior"].IsNull ? SplitBehavior.Isolated : Behavior(json["behavior"])));
                break;
            case "Whitespace":
                json.Only("type");
                steps.Add(Cut($@"[{RustWord}]+|[^\s{RustWord}]+", SplitBehavior.Removed, invert: true));
                break;
            case "WhitespaceSplit":
                json.Only("type");
                steps.Add(Cut(@"\s", SplitBehavior.Removed));
                break;
            case "BertPreTokenizer":
                json.Only("type");
                steps.Add(Cut(@"\s", SplitBehavior.Removed));
                steps.Add(Cut(Punctuation, SplitBehavior.Isolated));
                break;
            case "CharDelimiterSplit":
                steps.Add(Cut(Regex.Escape(Single(json.Only("type", "delimiter")["delimiter"]).ToString()), SplitBehavior.Removed));
                break;
            case "Metaspace":
                AddMetaspace(json.Only("type", "replacement", "prepend_scheme", "split", "add_prefix_space", "str_rep"), steps);
                break;
            default:
                throw json["type"].Error($"is '{json.Type}', which is not supported; expected {Expected}");
        }
    }

    private static PatternSplit Split(JsonPart json)
    {
        var pattern = json["pattern"].Only("String", "Regex");
        var regex = !pattern["Regex"].IsNull ? PatternReader.Compile(pattern["Regex"])
            : PatternReader.Compile(Regex.Escape(Plain(pattern["String"])));
        return new PatternSplit(regex, Behavior(json["behavior"]), json["invert"].Flag(false));
    }

    private static void AddMetaspace(JsonPart json, List<PieceStep> steps)
    {
        var replacement = Single(json["replacement"]);
        var scheme = json["prepend_scheme"].IsNull ? "always" : json["prepend_scheme"].Text();
        var prepend = scheme switch
        {
            "always" => Metaspace.Prepend.Always,
            "first" => Metaspace.Prepend.First,
            "never" => Metaspace.Prepend.Never,
            _ => throw json["prepend_scheme"].Error($"is '{scheme}'; expected always, first or never"),
        };
        if (!json["add_prefix_space"].Flag(true) && prepend != Metaspace.Prepend.Never)
            throw json["add_prefix_space"].Error($"is false, but prepend_scheme is '{scheme}'; expected them to agree");
        steps.Add(new Metaspace(replacement, prepend));
        if (json["split"].Flag(true))
            steps.Add(Cut(Regex.Escape(replacement.ToString()), SplitBehavior.MergedWithNext));
    }

    private static PatternSplit Cut(string pattern, SplitBehavior behavior, bool invert = false) =>
        new(PatternReader.Compile(pattern), behavior, invert);

    private static SplitBehavior Behavior(JsonPart json) => json.Text() switch
    {
        "Removed" => SplitBehavior.Removed,
        "Isolated" => SplitBehavior.Isolated,
        "MergedWithPrevious" => SplitBehavior.MergedWithPrevious,
        "MergedWithNext" => SplitBehavior.MergedWithNext,
        "Contiguous" => SplitBehavior.Contiguous,
        var other => throw json.Error($"is '{other}'; expected Removed, Isolated, MergedWithPrevious, MergedWithNext or Contiguous"),
    };

    private static char Single(JsonPart json) =>
        Plain(json) is { Length: 1 } text ? text[0] : throw json.Error($"is '{json.Text()}'; expected one character");

    // Patterns see a placeholder for characters above U+FFFF.
    private static string Plain(JsonPart json) => json.Text() is { Length: > 0 } text && text.AsSpan().IndexOfAnyInRange('\uD800', '\uDFFF') < 0
        ? text : throw json.Error($"is '{json.Text()}'; expected text, up to U+FFFF");
}
