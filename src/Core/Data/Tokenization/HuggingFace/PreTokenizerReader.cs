using System.Text.RegularExpressions;
using MoELab.Data.Tokenization.Bpe;
using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>Reads the part <c>pre_tokenizer</c>: how a text is split.</summary>
internal static class PreTokenizerReader
{
    private static readonly string[] Supported =
    [
        "ByteLevel add_prefix_space trim_offsets use_regex", "Split pattern behavior invert", "Digits individual_digits", "Punctuation behavior",
        "Whitespace", "WhitespaceSplit", "BertPreTokenizer", "CharDelimiterSplit delimiter",
        "Metaspace replacement prepend_scheme split add_prefix_space str_rep", "Sequence pretokenizers",
    ];

    private const string Punctuation = @"[\p{P}!-/:-@\[-`{-~]";

    // Rust's own patterns include the joiners in word characters, but not fractions.
    private const string RustWord = @"\p{L}\p{M}\p{Nd}\p{Nl}\p{Pc}\u24B6-\u24E9\u200C\u200D";

    public static TokenizerSteps Read(JsonPart json)
    {
        List<PieceStep> steps = json.IsNull ? [] : [.. Steps(json)];
        // As the last step, it can be skipped for pieces that are already cached.
        var last = steps.Count > 0 && steps[^1] == ByteAlphabet.Step;
        return new TokenizerSteps { Cuts = last ? steps[..^1] : steps, SpellsBytes = last, SpellsAnyBytes = steps.Contains(ByteAlphabet.Step) };
    }

    private static IEnumerable<PieceStep> Steps(JsonPart json) => json.Component(Supported) switch
    {
        "ByteLevel" => ByteLevel(json),
        "Split" => [Split(json)],
        "Digits" => [Cut(@"\p{N}", json["individual_digits"].Flag(false) ? SplitBehavior.Isolated : SplitBehavior.Contiguous)],
        "Punctuation" => [Cut(Punctuation, json["behavior"].IsNull ? SplitBehavior.Isolated : Behavior(json["behavior"]))],
        "Whitespace" => [Cut($@"[{RustWord}]+|[^\s{RustWord}]+", SplitBehavior.Removed, invert: true)],
        "WhitespaceSplit" => [Cut(@"\s", SplitBehavior.Removed)],
        "BertPreTokenizer" => [Cut(@"\s", SplitBehavior.Removed), Cut(Punctuation, SplitBehavior.Isolated)],
        "CharDelimiterSplit" => [Cut(Regex.Escape(Single(json["delimiter"]).ToString()), SplitBehavior.Removed)],
        "Metaspace" => Metaspace(json),
        _ => json["pretokenizers"].Items().SelectMany(Steps),
    };

    private static IEnumerable<PieceStep> ByteLevel(JsonPart json)
    {
        // White space other than a space does not count as one.
        if (json["add_prefix_space"].Flag(false))
            yield return (piece, into) => into.Add(piece.Text.Span[0] == ' ' ? piece : piece with { Text = $" {piece.Text.Span}".AsMemory() });
        if (json["use_regex"].Flag(true))
            yield return BpePattern.Gpt2Split;
        yield return ByteAlphabet.Step;
    }

    private static PieceStep Split(JsonPart json)
    {
        var pattern = json["pattern"].Only("String", "Regex");
        var regex = !pattern["Regex"].IsNull ? PatternReader.Compile(pattern["Regex"])
            : PatternReader.Compile(Regex.Escape(Plain(pattern["String"])));
        return new PatternSplit(regex, Behavior(json["behavior"]), json["invert"].Flag(false)).Apply;
    }

    // Replaces spaces by a visible character, which may also be added before a piece that has none (as in SentencePiece).
    private static IEnumerable<PieceStep> Metaspace(JsonPart json)
    {
        var replacement = Single(json["replacement"]);
        var scheme = json["prepend_scheme"].IsNull ? "always" : json["prepend_scheme"].Text();
        if (scheme is not ("always" or "first" or "never"))
            throw json["prepend_scheme"].Error($"is '{scheme}'; expected always, first or never");
        if (!json["add_prefix_space"].Flag(true) && scheme != "never")
            throw json["add_prefix_space"].Error($"is false, but prepend_scheme is '{scheme}'; expected them to agree");
        yield return (piece, into) =>
        {
            var text = piece.Text.ToString().Replace(' ', replacement);
            var prepends = (scheme == "always" || (scheme == "first" && piece.AtStart)) && text[0] != replacement;
            into.Add(piece with { Text = (prepends ? replacement + text : text).AsMemory() });
        };
        if (json["split"].Flag(true))
            yield return Cut(Regex.Escape(replacement.ToString()), SplitBehavior.MergedWithNext);
    }

    private static PieceStep Cut(string pattern, SplitBehavior behavior, bool invert = false) =>
        new PatternSplit(PatternReader.Compile(pattern), behavior, invert).Apply;

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
