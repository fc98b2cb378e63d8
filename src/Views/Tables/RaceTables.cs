using MoELab.Studies.Races;

namespace MoELab.Views.Tables;

/// <summary>Adds a table to a race's result.</summary>
public static class RaceTables
{
    extension(RaceResult race)
    {
        /// <summary>
        /// One row per metric and contender: <c>metric</c> (its key), <c>contender</c>, <c>mean</c>, <c>difference</c> to the first contender and the
        /// ends of its 95 % interval, <c>low</c> and <c>high</c>. The first contender has no difference, and one seed gives no interval.
        /// </summary>
        public ViewTable Table => new(["metric", "contender", "mean", "difference", "low", "high"],
            [.. race.Figures.Select((f, i) => (object?[])[f.Metric, f.Contender, f.Mean, race.Rows[i][3], f.Low, f.High])])
        {
            Titles = race.Columns,
        };
    }
}
