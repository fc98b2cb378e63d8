using System.Diagnostics;
using System.Globalization;
using MoELab.Cells.Tables;

namespace MoELab.Cells.Magics;

/// <summary>Magics about the session: <c>#!time</c>, <c>#!lsmagic</c>, <c>#!import</c>.</summary>
internal static class SessionMagics
{
    public static void AddTo(NotebookSession session)
    {
        session.Add(new Magic("time", "runs the lines below and prints how long they took", (cell, cancel) => Time(session, cell, cancel), takesBody: true));
        session.Add(Magic.Of("about", "prints what runs this notebook", c => c.Output.Print(About())));
        session.Add(Magic.Of("lsmagic", "prints this list", c => c.Output.Display(List(session))));
        session.Add(new Magic("import", "FILE: runs a C# file (.cs, .csx) in this notebook", (cell, cancel) => Import(session, cell, cancel)));
    }

    private static async Task<CellResult> Time(NotebookSession session, CellInvocation cell, CancellationToken cancel)
    {
        var clock = Stopwatch.StartNew();
        var result = await session.Default.Execute(cell, cancel).ConfigureAwait(false);
        var text = string.Create(CultureInfo.InvariantCulture, $"took {clock.Elapsed.TotalMilliseconds:#,0.0} ms");
        cell.Output.Display(CellData.Of("text/plain", text));
        return result;
    }

    private static string About() =>
        $"MoELab {typeof(NotebookSession).Assembly.GetName().Version?.ToString(3)} on {System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription}, {System.Runtime.InteropServices.RuntimeInformation.OSDescription}{Environment.NewLine}";

    private static CellData List(NotebookSession session)
    {
        var all = session.Languages.Values.Select(l => (l.Name, l.Help)).Concat(session.Magics.Values.Select(m => (m.Name, m.Help))).OrderBy(m => m.Name, StringComparer.Ordinal).ToList();
        return CellTable.Of(["command", "what it does"], [.. all.Select(m => (object?[])["#!" + m.Name, m.Help])]);
    }

    private static async Task<CellResult> Import(NotebookSession session, CellInvocation line, CancellationToken cancel)
    {
        if (line.Arguments.Count != 1)
            throw new InputException("#!import: expected one file, such as #!import helpers.cs");
        var file = line.Arguments[0];
        if (!File.Exists(file))
            throw new InputException($"#!import {file}: no such file");
        if (Path.GetExtension(file) is not (".cs" or ".csx"))
            throw new InputException($"#!import {file}: expected a C# file, .cs or .csx");
        return await session.Execute(await File.ReadAllTextAsync(file, cancel).ConfigureAwait(false), line.Output, cancel).ConfigureAwait(false);
    }
}
