using System.Text.Json;
using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>Opens a tokenizer.json within the limits that docs/data.md states.</summary>
internal static class TokenizerFile
{
    /// <summary>Ids above this would be rows of an embedding that no recipe can have (<c>model.vocabulary</c>).</summary>
    public const int MaxIds = 1 << 24;

    private const long MaxBytes = 256L << 20;
    private const int MaxDepth = 64;

    /// <exception cref="RecipeException">The file cannot be read, is too large, or is no JSON.</exception>
    public static (JsonPart Root, byte[] Source) Open(string path)
    {
        byte[] source;
        try
        {
            var length = new FileInfo(path).Length;
            if (length > MaxBytes)
                throw new RecipeException($"{path}: has {length:N0} bytes; expected a tokenizer.json of at most {MaxBytes:N0}");
            source = File.ReadAllBytes(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RecipeException($"{path}: cannot be read ({e.Message.TrimEnd('.')})", e);
        }
        return (Reading(path, () => new JsonPart(Parse(source), path, "")), source);
    }

    /// <summary>Runs what reads values of the file: text in it that is no Unicode shows only when it is asked for.</summary>
    public static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new RecipeException($"{path}: cannot be read as a tokenizer ({e.Message.Split('\n')[0].TrimEnd('.')}); expected a Hugging Face tokenizer.json", e);
        }
    }

    private static JsonElement Parse(byte[] source) => JsonElement.Parse(source, new JsonDocumentOptions { MaxDepth = MaxDepth, AllowDuplicateProperties = false });
}
