using Microsoft.DotNet.Interactive;
using Microsoft.DotNet.Interactive.Commands;

namespace MoELab.Interactive;

/// <summary>A piece of a cell as MoELab reads it: below its magic's line, which .NET Interactive has removed.</summary>
internal sealed class CellText
{
    private readonly string _piece;
    private readonly int _header;

    private readonly int _line;

    private CellText(string header, string piece, int line, KernelCommand asked) =>
        (_header, _piece, Text, _line, Asked) = (header.Length, piece, header + piece, line, asked);

    /// <summary>The magic's line and the piece.</summary>
    public string Text { get; }

    /// <summary>Whether it is a magic of MoELab with the lines below it.</summary>
    public bool IsBelowMagic => _header > 0 || MagicLine.Starts(_piece);

    /// <summary>The question about the complete cell.</summary>
    public KernelCommand Asked { get; }

    /// <summary>The piece of a question about code.</summary>
    public static CellText Of(KernelCommand command, string piece)
    {
        var cell = Cell(command);
        var above = Above(cell, piece);
        var last = above.TrimEnd('\r', '\n').Split('\n')[^1].TrimEnd('\r');
        var asked = command;
        while (asked.Parent is LanguageServiceCommand or RequestDiagnostics)
            asked = asked.Parent;
        return new CellText(MagicLine.Starts(last) ? last + "\n" : "", piece, above.Count(c => c == '\n'), asked);
    }

    /// <summary>Code to run, below as many empty lines as it has lines above it in the cell, so that messages have the cell's lines.</summary>
    public static string Numbered(SubmitCode command) => new string('\n', Above(Cell(command), command.Code).Count(c => c == '\n')) + command.Code;

    /// <summary>An offset into <see cref="Text"/>.</summary>
    public int Offset(LinePosition position)
    {
        var start = 0;
        for (var line = 0; line < position.Line && _piece.IndexOf('\n', start) is var end and >= 0; line++)
            start = end + 1;
        return _header + Math.Min(start + position.Character, _piece.Length);
    }

    /// <summary>Lines and columns of the piece.</summary>
    public LinePositionSpan Span(int start, int end) => new(Position(start - _header), Position(end - _header));

    /// <summary>Lines of the cell, and columns.</summary>
    public LinePositionSpan InCell(int start, int end)
    {
        var span = Span(start, end);
        return new(span.Start with { Line = span.Start.Line + _line }, span.End with { Line = span.End.Line + _line });
    }

    private LinePosition Position(int offset)
    {
        var before = _piece.AsSpan(0, Math.Clamp(offset, 0, _piece.Length));
        return new(before.Count('\n'), before.Length - before.LastIndexOf('\n') - 1);
    }

    private static string Cell(KernelCommand command)
    {
        var code = "";
        for (var c = command; c is not null; c = c.Parent)
            code = c switch
            {
                SubmitCode submit => submit.Code,
                LanguageServiceCommand service => service.Code,
                RequestDiagnostics diagnostics => diagnostics.Code,
                _ => code
            };
        return code;
    }

    // The spaces of a magic's line may differ from those that were typed; then its name is searched for.
    private static string Above(string cell, string piece)
    {
        var at = cell.IndexOf(piece, StringComparison.Ordinal);
        if (at < 0 && piece.StartsWith("#!", StringComparison.Ordinal))
            at = cell.IndexOf(piece[..piece.AsSpan().IndexOfAny(' ', '\n')], StringComparison.Ordinal);
        return cell[..Math.Max(0, at)];
    }
}
