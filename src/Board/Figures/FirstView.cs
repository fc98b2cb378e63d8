using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using MoELab.Board.Catalog;

namespace MoELab.Board.Figures;

/// <summary>Reads and draws what a page asks for first, while its address is being opened: code is compiled by then, and logs are read.</summary>
internal static class FirstView
{
    // As many as the page chooses by itself, and the charts that it begins with.
    private const int Runs = 6;

    private static readonly string[] Metrics = ["loss", "eval/bits_per_byte"];

    public static void Prepare(RunCatalog catalog, RunStore store)
    {
        var figures = new BoardFigures(store);
        foreach (var metric in Metrics)
        {
            try
            {
                string[] names = [.. catalog.Since(0).Rows.Where(r => r.Step > 0 && !r.Archived).Take(Runs).Select(r => r.Name)];
                if (names.Length == 0)
                    return;
                var query = new FigureQuery(new QueryCollection(new Dictionary<string, StringValues> { ["run"] = names, ["metric"] = metric }));
                figures.Curves(query).Chart.ToSvg();
            }
            catch (Exception e) when (e is MoELabException or AggregateException or IOException or UnauthorizedAccessException)
            {
                // Who looks is told.
            }
        }
    }
}
