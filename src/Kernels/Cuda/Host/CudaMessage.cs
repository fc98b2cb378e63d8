using System.Text.RegularExpressions;

namespace MoELab.Cuda;

/// <summary>One message of the compiler.</summary>
/// <param name="File">The name that the source was given, or that a <c>#line</c> gave it.</param>
/// <param name="Line">From 1.</param>
/// <param name="Column">From 0, by the mark below the quoted line; -1 where there is none.</param>
/// <param name="IsError">A warning otherwise.</param>
/// <param name="Text">What it says.</param>
internal sealed partial record CudaMessage(string File, int Line, int Column, bool IsError, string Text)
{
    /// <summary>The messages of a log: each begins with <c>file(line): error: text</c>, then come the quoted line and a mark below it.</summary>
    public static IReadOnlyList<CudaMessage> Parse(string log)
    {
        var messages = new List<CudaMessage>();
        var lines = log.ReplaceLineEndings("\n").Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (Head().Match(lines[i]) is not { Success: true } head)
                continue;
            // NVRTC indents the quoted line by two.
            var mark = i + 2 < lines.Length && lines[i + 2].Trim() == "^" ? lines[i + 2].IndexOf('^', StringComparison.Ordinal) - 2 : -1;
            messages.Add(new CudaMessage(head.Groups[1].Value, int.Parse(head.Groups[2].Value), mark,
                head.Groups[3].Value.EndsWith("error", StringComparison.Ordinal), head.Groups[4].Value));
        }
        return messages;
    }

    [GeneratedRegex(@"^(.+?)\((\d+)\): ((?:catastrophic )?error|warning)[^:]*: (.*)$")]
    private static partial Regex Head();
}
