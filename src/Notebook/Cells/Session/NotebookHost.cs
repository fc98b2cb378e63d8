using MoELab.Cells.CSharp;
using MoELab.Cells.Cuda;
using MoELab.Cells.Magics;
using MoELab.Cells.Plugins;
using MoELab.Cells.RunCells;
using MoELab.Cells.Sql;
using MoELab.Cells.StudyCells;
using MoELab.Live;

namespace MoELab.Cells.Session;

/// <summary>Assembles a session; no other class uses every language and magic.</summary>
internal static class NotebookHost
{
    /// <summary>A session in a program of MoELab, whose cells see <paramref name="lab"/>.</summary>
    public static NotebookSession Create(Lab lab)
    {
        CellConsole.Install();
        Displays.Install();
        LabFormatters.Register(lab.Plugins);
        return Create(lab, new LiveRuns(lab));
    }

    /// <summary>
    /// A session in a host with a console and formatters of its own. Its recipes, queries and CUDA functions go to <paramref name="variables"/>,
    /// or to its own C# cells if that is null.
    /// </summary>
    public static NotebookSession Create(Lab lab, LiveRuns live, ICellVariables? variables = null)
    {
        var csharp = new CSharpLanguage(lab) { Shows = live.Show };
        var session = new NotebookSession(lab, csharp, live);
        session.Add(new PluginLanguage(lab, csharp, variables ?? csharp));
        session.Add(new CudaLanguage(lab, variables ?? csharp));
        var recipes = new RunLanguage(lab, variables ?? csharp);
        session.Add(recipes);
        session.Add(new StudyLanguage(lab, variables ?? csharp, recipes));
        session.Add(new SqlLanguage(lab, variables ?? csharp));
        session.Add(ContentMagics.All);
        session.Add(new VariableMagics(csharp, session.Languages).All);
        session.Add(SessionMagics.For(csharp, session.Languages, session.Magics, (code, output, cancel) => session.Execute(code, output, cancel)));
        return session;
    }
}
