using Microsoft.DotNet.Interactive.Formatting;
using MoELab.Views.Plotly;
using Plotly.NET;

namespace MoELab.Interactive;

/// <summary>
/// Draws the charts of views, which need no network. Other charts are drawn by Plotly.NET.Interactive if the notebook has loaded it, and here if not.
/// </summary>
internal static class Charts
{
    private const string Drawer = "Plotly.NET.Interactive";
    private static volatile bool _loaded;
    private static bool _over;

    public static void Register()
    {
        AppDomain.CurrentDomain.AssemblyLoad += (_, e) => _loaded |= e.LoadedAssembly.GetName().Name == Drawer;
        _over = _loaded = AppDomain.CurrentDomain.GetAssemblies().Any(a => a.GetName().Name == Drawer);
        Show();
    }

    /// <summary>To be called before a cell: of two formatters, the one that was registered last is asked first.</summary>
    public static void StayFirst()
    {
        if (_over == _loaded)
            return;
        _over = true;
        Show();
    }

    private static void Show()
    {
        Formatter.Register<GenericChart>((chart, context) =>
        {
            if (_loaded && !PlotlyCharts.IsOfView(chart))
                return false;
            context.Writer.Write(PlotlyOutput.Html(chart));
            return true;
        }, "text/html");
        Formatter.SetPreferredMimeTypesFor(typeof(GenericChart), "text/html");
    }
}
