using System.Text.Json;

namespace MoELab.Data.Sources;

/// <summary>
/// Strings of JSON, including escapes of half a surrogate pair: the grammar allows them (RFC 8259, section 8.2), but System.Text.Json
/// rejects them. Each becomes U+FFFD.
/// </summary>
internal static class JsonText
{
    /// <summary>Whether the reader is at a property with this name.</summary>
    public static bool Is(ref Utf8JsonReader reader, string name)
    {
        try
        {
            return reader.ValueTextEquals(name);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    /// <summary>The string at the reader's position.</summary>
    public static string Of(ref Utf8JsonReader reader)
    {
        try
        {
            return reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Unescape(reader.ValueSpan);
        }
    }

    // The reader has already checked the syntax of the escapes.
    private static string Unescape(ReadOnlySpan<byte> json)
    {
        var text = new StringBuilder(json.Length);
        while (json.IndexOf((byte)'\\') is >= 0 and var at)
        {
            text.Append(Encoding.UTF8.GetString(json[..at]));
            var escape = (char)json[at + 1];
            text.Append(escape switch
            {
                'u' => (char)ushort.Parse(json.Slice(at + 2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture),
                'n' => '\n',
                'r' => '\r',
                't' => '\t',
                'b' => '\b',
                'f' => '\f',
                _ => escape,
            });
            json = json[(at + (escape == 'u' ? 6 : 2))..];
        }
        text.Append(Encoding.UTF8.GetString(json));
        // Encoding replaces an unpaired half.
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text.ToString()));
    }
}
