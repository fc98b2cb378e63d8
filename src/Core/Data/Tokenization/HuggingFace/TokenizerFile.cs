using System.Text.Json;
using MoELab.Recipes.Input;

namespace MoELab.Data.Tokenization.HuggingFace;

/// <summary>Opens a tokenizer.json within the limits that docs/limits.md states.</summary>
internal static class TokenizerFile
{
    /// <summary>Maximum id: larger ids would exceed the largest embedding of any recipe (<c>model.vocabulary</c>).</summary>
    public const int MaxIds = 1 << 24;

    /// <summary>Maximum size of the file in bytes.</summary>
    public const long MaxBytes = 256L << 20;

    /// <summary>Maximum nesting of lists and objects.</summary>
    public const int MaxDepth = InputJson.MostDepth;

    /// <summary>The expected content, for error messages.</summary>
    public const string Expected = "a Hugging Face tokenizer.json";

    /// <exception cref="InputException">The file cannot be read, is too large, or is not JSON.</exception>
    public static (JsonPart Root, byte[] Source) Open(string path)
    {
        var source = InputFile.ReadBytes(path, MaxBytes, Expected);
        return (new JsonPart(InputJson.Element(source, path, Expected, MaxDepth), path, ""), source);
    }

    /// <summary>Runs code that reads values of the file, because invalid Unicode in it shows only when a value is read.</summary>
    public static T Reading<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            throw new InputException($"{path}: cannot be read as a tokenizer ({e.Message.Split('\n')[0].TrimEnd('.')}); expected {Expected}", e);
        }
    }
}
