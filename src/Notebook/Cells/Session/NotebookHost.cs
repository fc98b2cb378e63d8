using MoELab.Cells.CSharp;
using MoELab.Cells.Cuda;
using MoELab.Cells.Magics;
using MoELab.Cells.Plugins;
using MoELab.Cells.RunCells;
using MoELab.Cells.Sql;
using MoELab.Live;
using MoELab.Plugins;

namespace MoELab.Cells.Session;

/// <summary>Assembles a session; no other class uses every language and magic.</summary>
internal static class NotebookHost
{
    /// <summary>A lab that finds its plugins even if a program other than MoELab's command line runs the cells.</summary>
    public static Lab OpenLab()
    {
        var plugins = PluginCatalog.Discover();
        if (HostAssemblies.AreForeign)
            plugins.AddApplication(HostAssemblies.Folder);
        return new Lab(plugins: plugins);
    }

    /// <summary>A session whose cells see <paramref name="lab"/>.</summary>
    public static NotebookSession Create(Lab lab)
    {
        CellConsole.Install();
        LabFormatters.Register(lab.Plugins);
        var live = new LiveRuns(lab);
        var csharp = new CSharpLanguage(lab) { Shows = live.Show };
        var session = new NotebookSession(lab, csharp, live);
        session.Add(new PluginLanguage(lab, csharp));
        session.Add(new CudaLanguage(lab, csharp));
        session.Add(new RunLanguage(lab, csharp));
        session.Add(new SqlLanguage(lab, csharp));
        session.Add(ContentMagics.All);
        session.Add(new VariableMagics(csharp, session.Languages).All);
        session.Add(SessionMagics.For(csharp, session.Languages, session.Magics, (code, output, cancel) => session.Execute(code, output, cancel)));
        return session;
    }
}
