using System.Text.Json;
using MoELab.Recipes;

namespace MoELab.Data;

/// <summary>Opens a tokenizer.json within the limits that docs/limits.md states.</summary>
internal static class TokenizerFile
{
    /// <summary>Ids above this would be rows of an embedding that no recipe can have (<c>model.vocabulary</c>).</summary>
    public const int MaxIds = 1 << 24;

    /// <summary>Bytes that the file may have.</summary>
    public const long MostBytes = 256L << 20;

    /// <summary>Lists and objects that may stand inside one another.</summary>
    public const int MostDepth = InputJson.MostDepth;

    /// <summary>What an error says should have been there.</summary>
    public const string Expected = "a Hugging Face tokenizer.json";

    /// <exception cref="RecipeException">The file cannot be read, is too large, or is no JSON.</exception>
    public static (JsonPart Root, byte[] Source) Open(string path)
    {
        var source = InputFile.ReadBytes(path, MostBytes, Expected);
        return (new JsonPart(InputJson.Element(source, path, Expected, MostDepth), path, ""), source);
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
            throw new RecipeException($"{path}: cannot be read as a tokenizer ({e.Message.Split('\n')[0].TrimEnd('.')}); expected {Expected}", e);
        }
    }
}
