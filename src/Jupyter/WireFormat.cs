using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using MoELab.Recipes.Input;

namespace MoELab.Jupyter;

/// <summary>Encodes messages as signed frames: identities, a delimiter, the signature, four JSON documents.</summary>
/// <param name="key">The key that signs and verifies messages.</param>
internal sealed class WireFormat(string key)
{
    /// <summary>Maximum nesting of lists and objects in a message.</summary>
    public const int MaxDepth = 128;

    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);

    public IReadOnlyList<byte[]> Write(WireMessage message)
    {
        byte[][] parts = [Bytes(message.Header), Bytes(message.Parent), "{}"u8.ToArray(), Bytes(message.Content)];
        return [.. message.Identities, .. Signed(parts)];
    }

    public IReadOnlyList<byte[]> Signed(byte[][] parts) => [Delimiter, Encoding.ASCII.GetBytes(Sign(parts)), .. parts];

    /// <exception cref="FormatException">The frames are not a message, or the signature does not match the key.</exception>
    public WireMessage Read(IReadOnlyList<byte[]> frames)
    {
        var at = frames.TakeWhile(f => !f.AsSpan().SequenceEqual(Delimiter)).Count();
        if (frames.Count < at + 6)
            throw new FormatException($"a message of {frames.Count} frames; expected a delimiter, a signature and four documents");
        byte[][] parts = [frames[at + 2], frames[at + 3], frames[at + 4], frames[at + 5]];
        if (!CryptographicOperations.FixedTimeEquals(frames[at + 1], Encoding.ASCII.GetBytes(Sign(parts))))
            throw new FormatException("a message that is not signed with this kernel's key");
        try
        {
            var header = new JsonField("header", "", Object(parts[0], "header").Node);
            if (header["msg_type"].Text().Length == 0 || header["msg_id"].Text().Length == 0)
                throw new FormatException("a message without type or id");
            var message = new WireMessage([.. frames.Take(at)], header.AsObject(), [], []);
            return Body(message, parts);
        }
        catch (MoELabException e)
        {
            throw new FormatException($"a message that cannot be answered ({e.Message})", e);
        }
    }

    // If the header is valid, the sender gets an answer that says what is wrong with the rest.
    private static WireMessage Body(WireMessage message, byte[][] parts)
    {
        try
        {
            return message with { Parent = Object(parts[1], "parent_header").AsObject(), Content = Object(parts[3], "content").AsObject() };
        }
        catch (MoELabException e)
        {
            return message with { Fault = e.Message };
        }
    }

    private static byte[] Bytes(JsonObject document) => JsonSerializer.SerializeToUtf8Bytes(document, Json);

    private static JsonField Object(byte[] json, string part)
    {
        var field = InputJson.Parse(json, part, "a JSON object", MaxDepth);
        return field.Node is JsonObject ? field : throw field.Unfit("a JSON object");
    }

    private string Sign(byte[][] parts)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        foreach (var part in parts)
            hash.AppendData(part);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
