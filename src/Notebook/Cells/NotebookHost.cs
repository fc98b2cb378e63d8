using MoELab.Cells.CSharp;
using MoELab.Cells.Cuda;
using MoELab.Cells.Magics;
using MoELab.Cells.Plugins;
using MoELab.Cells.RunCells;
using MoELab.Cells.Sql;
using MoELab.Cells.Tables;
using MoELab.Live;
using MoELab.Plugins;
using MoELab.Views;

namespace MoELab.Cells;

/// <summary>Assembles a session: the only place that knows every language and magic.</summary>
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
        var csharp = new CSharpLanguage(lab);
        var session = new NotebookSession(lab, csharp);
        ContentMagics.AddTo(session);
        VariableMagics.AddTo(session);
        SessionMagics.AddTo(session);
        session.Add(new PluginLanguage(session));
        session.Add(new CudaLanguage(session));
        session.Add(new RunLanguage(session));
        session.Add(new SqlLanguage(session));
        TableFormatters.Register();
        RecipeTable.Register(lab.Plugins);
        ViewFormatters.Register();
        LiveFormatters.Register();
        session.Live = new LiveRuns(lab);
        session.Own(session.Live);
        csharp.Shows = session.Live.Show;
        return session;
    }
}
