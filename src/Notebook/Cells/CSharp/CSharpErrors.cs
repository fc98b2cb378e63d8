using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;

namespace MoELab.Cells.CSharp;

/// <summary>Formats errors for the author of a cell: with lines of the cell and without frames of the host.</summary>
internal static partial class CSharpErrors
{
    public static CellError Of(IReadOnlyList<Diagnostic> errors)
    {
        var lines = errors.Take(10).Select(Line).ToList();
        if (errors.Count > 10)
            lines.Add($"... and {errors.Count - 10} more");
        var first = errors[0];
        return new CellError(first.Id, Sentence(first), lines, first.Location.GetMappedLineSpan().StartLinePosition.Line + 1);
    }

    public static CellError Of(Exception thrown)
    {
        while (thrown is AggregateException { InnerExceptions.Count: 1 } or System.Reflection.TargetInvocationException
            && thrown.InnerException is { } inner)
            thrown = inner;
        var trace = new List<string>();
        var line = 0;
        for (var e = thrown; e is not null; e = e.InnerException)
        {
            if (e != thrown)
                trace.Add($"because of {e.GetType().FullName}: {FirstLine(e.Message)}");
            foreach (var frame in (e.StackTrace ?? "").Split('\n').Select(f => f.Trim()).Where(f => InCell().IsMatch(f)))
            {
                var match = InCell().Match(frame);
                line = line == 0 ? int.Parse(match.Groups["line"].Value, CultureInfo.InvariantCulture) : line;
                var method = Method(match.Groups["method"].Value);
                trace.Add($"at {(method.Length > 0 ? method + ", " : "")}{match.Groups["cell"].Value}, line {match.Groups["line"].Value}");
            }
        }
        return new CellError(thrown.GetType().FullName ?? thrown.GetType().Name, FirstLine(thrown.Message), trace, line);
    }

    private static string Line(Diagnostic error)
    {
        var at = error.Location.GetMappedLineSpan().StartLinePosition;
        return $"line {at.Line + 1}, column {at.Character + 1}: {error.Id}: {Sentence(error)}";
    }

    private static string Sentence(Diagnostic error)
    {
        var message = error.GetMessage(CultureInfo.InvariantCulture);
        return error.Id is "CS0103" or "CS0234" or "CS0246" && Polyglot().IsMatch(message)
            ? message + "; the kernel API of .NET Interactive is not part of this notebook" : message;
    }

    // libtorch appends its native stack to a message; only the first line is useful.
    private static string FirstLine(string message) => message.Split('\n')[0].TrimEnd();

    // Local functions, lambdas and async methods have compiler-generated names.
    private static string Method(string method)
    {
        var match = SourceName().Match(method);
        return match.Success && match.Groups["name"].Value is not ("Initialize" or "Factory") ? match.Groups["name"].Value : "";
    }

    [GeneratedRegex(@"'(Kernel|KernelInvocationContext|KernelCommandEnvelope|CSharpKernel|CompositeKernel)'|'Microsoft\.DotNet\.Interactive'")]
    private static partial Regex Polyglot();

    [GeneratedRegex(@"^at (?<method>.*?)(\(.*\))? in (?<cell>cell \d+):line (?<line>\d+)$")]
    private static partial Regex InCell();

    [GeneratedRegex(@"Submission#\d+\.(?:<(?<name>[A-Za-z_]\w*)>[^.]*\.MoveNext|<>[^.]*\.<+(?<name>[A-Za-z_]\w*)>.*|(?<name>[A-Za-z_]\w*))")]
    private static partial Regex SourceName();
}
