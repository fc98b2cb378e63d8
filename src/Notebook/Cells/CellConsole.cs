namespace MoELab.Cells;

/// <summary>Sends console output of a cell's code to that cell, and other output to its previous destination.</summary>
internal sealed class CellConsole : TextWriter
{
    private static readonly Lock Gate = new();
    private static bool _installed;
    private readonly TextWriter _before;
    private readonly bool _error;

    private CellConsole(TextWriter before, bool error) => (_before, _error) = (before, error);

    public override Encoding Encoding => Encoding.UTF8;

    /// <summary>Takes over the console of this process; a second call does nothing.</summary>
    public static void Install()
    {
        lock (Gate)
        {
            if (_installed)
                return;
            _installed = true;
            Console.SetOut(new CellConsole(Console.Out, false));
            Console.SetError(new CellConsole(Console.Error, true));
        }
    }

    public override void Write(char value) => Write(value.ToString());

    public override void Write(char[] buffer, int index, int count) => Write(new string(buffer, index, count));

    public override void Write(ReadOnlySpan<char> buffer) => Write(buffer.ToString());

    public override void Write(string? value)
    {
        if (string.IsNullOrEmpty(value))
            return;
        if (CellContext.Output is { } output)
            output.Print(value, _error);
        else
            _before.Write(value);
    }

    public override void WriteLine(string? value) => Write(value + Environment.NewLine);

    public override void Flush() => _before.Flush();
}
