using MoELab.Runs.Folder;
using MoELab.Studies.Reports;
using MoELab.Views.Comparisons;

namespace MoELab.Views.Studies;

/// <summary>Adds views to a study's report.</summary>
public static class StudyViews
{
    extension(StudyReport report)
    {
        /// <summary>
        /// One row per arm by the study's metric: <c>arm</c>, <c>runs</c>, <c>failed</c>, <c>mean</c>, <c>sd</c>, <c>difference</c> from the first arm
        /// and the ends of its 95 % interval, <c>low</c> and <c>high</c>, <c>p_holm</c> and <c>verdict</c>. The first arm has no difference, and one
        /// seed gives no interval.
        /// </summary>
        public ViewTable Table => TableOf(report.Arms) with { Titles = report.Columns };

        /// <summary>
        /// One row per claim of the study: <c>claim</c>, what was <c>published</c>, what the runs show <c>here</c> (both means, difference, interval, p
        /// and seeds), the <c>metric</c>, and the <c>verdict</c>: holds, reversed, no difference or not resolved.
        /// </summary>
        /// <exception cref="InputException">A claim's metric is in no run.</exception>
        public ViewTable ClaimTable => new(report.ClaimColumns, report.ClaimRows);

        /// <summary>The differences from the first arm with their intervals.</summary>
        /// <param name="metric">The metric; null for the study's.</param>
        /// <exception cref="InputException">No run of the study logs the metric.</exception>
        public ForestView Forest(string? metric = null) => new(report, metric);

        /// <summary>A metric along the runs: of each arm the mean over its seeds within a band, from the folders of the runs that finished.</summary>
        /// <param name="metric">The metric.</param>
        /// <param name="x">The x axis.</param>
        /// <param name="band">What the band is; <see cref="SeedBand.None"/> draws each run.</param>
        /// <exception cref="InputException">No run of the study logs the metric, or their folders are gone.</exception>
        public OverlayView Curves(string metric = "loss", LossAxis x = LossAxis.Steps, SeedBand band = SeedBand.Range)
        {
            var runs = Path.GetFullPath(report.Plan.Runs);
            var arms = report.Plan.Arms.ToList();
            var found = report.Plan.Done.Where(d => d.Result.Counts).OrderBy(d => arms.IndexOf(d.Entry.Arm))
                .Select(d => (d.Entry.Arm, Folder: Path.Combine(runs, d.Result.Run))).Where(d => RunPaths.IsRun(d.Folder))
                .Select(d => (d.Arm, Run: RunReader.Open(d.Folder))).ToArray();
            if (found.Length == 0)
                throw new InputException($"study '{report.Plan.Study.Name}': no folder of a finished run in '{runs}', so there are no curves");
            RunCurve[] curves = [.. found.Select(f => RunCurve.Of(
                band == SeedBand.None ? f.Run.Name : f.Arm.Name, f.Arm.Name, Look(arms.IndexOf(f.Arm)), metric, x, f.Run.Metrics.Find, () => LossView.FlopsPerToken(f.Run))).OfType<RunCurve>()];
            if (curves.Length == 0)
                throw new InputException($"metric '{metric}': no run of the study logs it"
                    + Names.Hint(metric, [.. found.SelectMany(f => f.Run.Metrics.Names).Distinct()]));
            return new OverlayView(curves, new OverlayOptions { Metric = metric, X = x, Seeds = band });
        }
    }

    /// <summary>The look of an arm's curve. Arms often coincide: broken lines let those below show.</summary>
    internal static string Look(int arm) => Palette.Category(arm) + (arm % 4 is > 0 and var dash ? $" dash{dash}" : "");

    internal static ViewTable TableOf(IReadOnlyList<ArmReport> arms) => new(
        ["arm", "runs", "failed", "mean", "sd", "difference", "low", "high", "p_holm", "verdict"],
        [.. arms.Select(StudyReport.Row)]);
}
