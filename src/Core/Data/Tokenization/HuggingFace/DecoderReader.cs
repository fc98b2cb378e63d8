using MoELab.Data.Tokenization.Pieces;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>Reads the part <c>decoder</c>: the bytes of each token of the vocabulary.</summary>
internal sealed class DecoderReader
{
    private readonly List<(string From, string To)> _replacements = [];
    private bool _bytes;
    private bool _fallback;
    private bool _fused;

    /// <summary>Number of spaces removed at the start of a decoded text.</summary>
    public int LeadingSpaces { get; private set; }

    /// <param name="json">The part; may be missing.</param>
    /// <param name="spellsBytes">Whether the pre-tokenizer is byte-level, for a file without a decoder.</param>
    public static DecoderReader Read(JsonPart json, bool spellsBytes)
    {
        var decoder = new DecoderReader { _bytes = json.IsNull && spellsBytes };
        if (!json.IsNull)
            decoder.Add(json);
        return decoder;
    }

    public byte[] Bytes(string token)
    {
        foreach (var (from, to) in _replacements)
            token = token.Replace(from, to, StringComparison.Ordinal);
        if (_fallback && token.Length == 6 && token.StartsWith("<0x", StringComparison.Ordinal) && token[5] == '>'
            && byte.TryParse(token.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var b))
            return [b];
        return (_bytes ? ByteAlphabet.ToBytes(token) : null) ?? Encoding.UTF8.GetBytes(token);
    }

    private void Add(JsonPart json)
    {
        switch (json.Component("ByteLevel add_prefix_space trim_offsets use_regex", "ByteFallback", "Fuse", "Replace pattern content",
            "Metaspace replacement prepend_scheme split add_prefix_space str_rep", "Strip content start stop", "Sequence decoders"))
        {
            case "ByteLevel":
                _bytes = true;
                break;
            case "ByteFallback":
                _fallback = true;
                break;
            case "Fuse":
                _fused = true;
                break;
            case "Replace":
                var from = json["pattern"].Only("String")["String"].Text();
                _replacements.Add((from.Length > 0 && !_fused ? from
                    : throw json.Error("has an empty pattern or comes after Fuse; expected text to replace before Fuse"), json["content"].Text()));
                break;
            case "Metaspace":
                _replacements.Add((json["replacement"].Text() is { Length: > 0 } text ? text
                    : throw json["replacement"].Error("is empty; expected one character"), " "));
                LeadingSpaces = !json["prepend_scheme"].IsNull && json["prepend_scheme"].Text() == "never" ? 0 : 1;
                break;
            case "Strip":
                if (!_fused || json["content"].Text() != " " || json["stop"].Number() != 0 || json["start"].Number() is not (>= 0 and <= 1000))
                    throw json.Error("is not supported at this position; expected spaces at the start, after Fuse");
                LeadingSpaces = (int)json["start"].Number();
                break;
            default:
                foreach (var item in json["decoders"].Items())
                    Add(item);
                break;
        }
    }
}
