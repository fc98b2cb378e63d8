namespace MoELab.Errors;

/// <summary>Text from outside, shown on one line.</summary>
internal static class PlainText
{
    /// <summary>The text with control characters written out: a key or a message may hold the end of a line, or what a terminal obeys.</summary>
    public static string Of(string text) => !text.Any(char.IsControl) ? text
        : string.Concat(text.Select(c => !char.IsControl(c) ? $"{c}" : c == '\n' ? "\\n" : $"\\u{(int)c:x4}"));
}
