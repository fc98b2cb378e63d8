using System.Diagnostics;
using System.Runtime.InteropServices;
using MoELab.Cells.Tables;

namespace MoELab.Cells.Magics;

/// <summary>Magics about the session: <c>#!time</c>, <c>#!lsmagic</c>, <c>#!import</c>.</summary>
internal static class SessionMagics
{
    /// <param name="csharp">Runs the lines below <c>#!time</c>.</param>
    /// <param name="languages">The languages that <c>#!lsmagic</c> lists.</param>
    /// <param name="magics">The magics that it lists.</param>
    /// <param name="execute">Runs an imported file as a cell.</param>
    public static IEnumerable<Magic> For(ICellLanguage csharp, IReadOnlyDictionary<string, ICellLanguage> languages,
        IReadOnlyDictionary<string, Magic> magics, Func<string, ICellOutput, CancellationToken, Task<CellResult>> execute) =>
    [
        new Magic("time", "runs the lines below and prints how long they took", (cell, cancel) => Time(csharp, cell, cancel), takesBody: true),
        Magic.Of("about", "prints what runs this notebook", c => c.Output.Print(About())),
        Magic.Of("lsmagic", "prints this list", c => c.Output.Display(List(
            [.. languages.Values.Select(l => (l.Name, l.Help)), .. magics.Values.Select(m => (m.Name, m.Help))]))),
        new Magic("import", "FILE: runs a C# file (.cs, .csx) in this notebook", async (line, cancel) =>
            await execute(await Imported(line, cancel).ConfigureAwait(false), line.Output, cancel).ConfigureAwait(false)),
    ];

    private static async Task<CellResult> Time(ICellLanguage csharp, CellInvocation cell, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var result = await csharp.Execute(cell, cancel).ConfigureAwait(false);
        var text = string.Create(CultureInfo.InvariantCulture, $"took {clock.Elapsed.TotalMilliseconds:#,0.0} ms");
        cell.Output.Display(CellData.Of("text/plain", text));
        return result;
    }

    private static string About() =>
        $"MoELab {typeof(Magic).Assembly.GetName().Version?.ToString(3)} on {RuntimeInformation.FrameworkDescription}, "
        + $"{RuntimeInformation.OSDescription}{Environment.NewLine}";

    private static CellData List(IEnumerable<(string Name, string Help)> all) => CellTable.Of(["command", "what it does"],
        [.. all.OrderBy(m => m.Name, StringComparer.Ordinal).Select(m => (object?[])["#!" + m.Name, m.Help])]);

    private static async Task<string> Imported(CellInvocation line, CancellationToken cancel)
    {
        if (line.Arguments.Count != 1)
            throw new InputException("#!import: expected one file, such as #!import helpers.cs");
        var file = line.Arguments[0];
        if (!File.Exists(file))
            throw new InputException($"#!import {file}: no such file");
        if (Path.GetExtension(file) is not (".cs" or ".csx"))
            throw new InputException($"#!import {file}: expected a C# file, .cs or .csx");
        return await File.ReadAllTextAsync(file, cancel).ConfigureAwait(false);
    }
}
