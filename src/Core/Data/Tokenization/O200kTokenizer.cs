using System.IO.Compression;
using System.Reflection;
using System.Text;
using Microsoft.ML.Tokenizers;

namespace MoELab.Data;

/// <summary>
/// OpenAI's <c>o200k_base</c> through Microsoft.ML.Tokenizers: 199,998 tokens; the separator is its end of text, 199999.
/// Loaded when first used: its tables take about half a second.
/// </summary>
internal sealed class O200kTokenizer : ITokenizer
{
    private const int EndOfText = 199_999;
    private readonly Lazy<TiktokenTokenizer> _encoder = new(() => TiktokenTokenizer.CreateForEncoding("o200k_base"));
    private readonly Lazy<byte[][]> _bytes = new(ReadBytes);

    public string Name => "o200k_base";

    public int VocabularySize => EndOfText + 1;

    public int Separator => EndOfText;

    // The pre-tokenizer finds special tokens inside text; a zero-width cut keeps them text.
    public int[] Encode(string text)
    {
        var clean = Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));
        var ids = new List<int>((clean.Length / 4) + 8);
        for (int start = 0, search = 0; start < clean.Length;)
        {
            var special = clean.IndexOf("<|endof", search, StringComparison.Ordinal);
            var end = special < 0 ? clean.Length : special + 2;
            ids.AddRange(_encoder.Value.EncodeToIds(clean.AsSpan(start, end - start)));
            (start, search) = (end, end);
        }
        return [.. ids];
    }

    public string Decode(ReadOnlySpan<int> tokens)
    {
        var bytes = new List<byte>(tokens.Length * 4);
        foreach (var token in tokens)
        {
            if (token is >= 0 and < EndOfText)
                bytes.AddRange(_bytes.Value[token]);
        }
        return Encoding.UTF8.GetString([.. bytes]);
    }

    public int ByteLength(int token) => token is >= 0 and < EndOfText ? _bytes.Value[token].Length : 0;

    private static byte[][] ReadBytes()
    {
        var data = Assembly.Load("Microsoft.ML.Tokenizers.Data.O200kBase");
        var name = data.GetManifestResourceNames().First(n => n.Contains("o200k_base", StringComparison.Ordinal));
        var tokens = new byte[EndOfText][];
        Array.Fill(tokens, []);
        using var reader = new StreamReader(new DeflateStream(data.GetManifestResourceStream(name)!, CompressionMode.Decompress));
        for (var id = 0; reader.ReadLine() is { } line;)
        {
            // After a line with the count, each line is a token's bytes in base64, in the order of the ids.
            if (!line.Contains(':', StringComparison.Ordinal) && id < EndOfText)
                tokens[id++] = Convert.FromBase64String(line);
        }
        return tokens;
    }
}
