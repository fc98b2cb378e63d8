using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace MoELab.Jupyter;

/// <summary>Messages as signed frames: identities, a delimiter, the signature, four JSON documents.</summary>
/// <param name="key">Signs and checks.</param>
internal sealed class WireFormat(string key)
{
    private static readonly byte[] Delimiter = "<IDS|MSG>"u8.ToArray();
    private static readonly JsonSerializerOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private readonly byte[] _key = Encoding.UTF8.GetBytes(key);

    /// <summary>The frames of a message.</summary>
    public IReadOnlyList<byte[]> Write(WireMessage message)
    {
        byte[][] parts = [Bytes(message.Header), Bytes(message.Parent), "{}"u8.ToArray(), Bytes(message.Content)];
        return [.. message.Identities, Delimiter, Encoding.ASCII.GetBytes(Sign(parts)), .. parts];
    }

    /// <summary>The message of some frames.</summary>
    /// <exception cref="FormatException">No message, or the signature is not of this key.</exception>
    public WireMessage Read(IReadOnlyList<byte[]> frames)
    {
        var at = 0;
        while (at < frames.Count && !frames[at].AsSpan().SequenceEqual(Delimiter))
            at++;
        if (frames.Count < at + 6)
            throw new FormatException($"a message of {frames.Count} frames; expected a delimiter, a signature and four documents");
        byte[][] parts = [frames[at + 2], frames[at + 3], frames[at + 4], frames[at + 5]];
        if (!CryptographicOperations.FixedTimeEquals(frames[at + 1], Encoding.ASCII.GetBytes(Sign(parts))))
            throw new FormatException("a message that is not signed with this kernel's key");
        try
        {
            var message = new WireMessage([.. frames.Take(at)], Object(parts[0]), Object(parts[1]), Object(parts[3]));
            return message is { Type.Length: > 0, Id.Length: > 0 } ? message : throw new FormatException("a message without type or id");
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new FormatException($"a message that is not JSON ({e.Message.TrimEnd('.')})", e);
        }
    }

    private static byte[] Bytes(JsonObject document) => JsonSerializer.SerializeToUtf8Bytes(document, Json);

    private static JsonObject Object(byte[] json) => JsonNode.Parse(json) as JsonObject ?? throw new FormatException("a message whose parts are not JSON objects");

    private string Sign(byte[][] parts)
    {
        using var hash = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        foreach (var part in parts)
            hash.AppendData(part);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
