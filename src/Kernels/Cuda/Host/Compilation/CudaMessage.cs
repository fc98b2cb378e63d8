using System.Text.RegularExpressions;

namespace MoELab.Kernels.Cuda.Host.Compilation;

/// <summary>One message of the compiler.</summary>
/// <param name="File">The name of the source, as given or set by a <c>#line</c>.</param>
/// <param name="Line">Line, from 1.</param>
/// <param name="Column">Column, from 0, from the marker below the quoted line; -1 if there is none.</param>
/// <param name="IsError">True for an error, false for a warning.</param>
/// <param name="Text">The text of the message.</param>
internal sealed partial record CudaMessage(string File, int Line, int Column, bool IsError, string Text)
{
    /// <summary>The messages of a log: each begins with <c>file(line): error: text</c>, followed by the quoted line and a marker below it.</summary>
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
