using System.Runtime.InteropServices;
using MoELab.Studies.Planning;
using MoELab.Studies.Reports;
using MoELab.Studies.Running;

namespace MoELab.Cli.Studies;

/// <summary>Trains studies until they end or the user stops them: Ctrl+C stops every run at its next step.</summary>
internal sealed class StudyTraining : IDisposable
{
    private readonly CliContext _context;
    private readonly bool _retry;
    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration _interrupt, _terminate;

    public StudyTraining(CliContext context, bool retry)
    {
        (_context, _retry) = (context, retry);
        _interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, End);
        _terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, End);
    }

    /// <summary>Trains what a plan leaves, unless the user has stopped; the report has what there is.</summary>
    public StudyReport Train(StudyPlan plan)
    {
        IReadOnlyList<string> notes = [];
        if ((plan.Left.Count > 0 || _retry) && !_stop.IsCancellationRequested)
        {
            _context.Error.WriteLine($"{plan.Study.Name}: {plan.Statement()}");
            var lab = new Lab(plan.Runs, _context.Catalog);
            using var display = new StudyDisplay(_context.Error, plan);
            RunGroups.Of(lab).Began += display.Follow;
            try
            {
                plan = SpeedMeasurement.Complete(lab, plan, _stop.Token).GetAwaiter().GetResult();
                notes = new StudyRunner(lab, plan, _retry).Run(_stop.Token).GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                // The report shows what there is.
            }
            display.End();
        }
        return new StudyReport(StudyPlanner.Again(plan, _context.Catalog)) { Notes = notes };
    }

    /// <summary>The exit code, after a word about what is left.</summary>
    public int Finish(IReadOnlyList<StudyReport> reports)
    {
        if (!_stop.IsCancellationRequested)
            return 0;
        _context.Error.WriteLine($"stopped: {reports.Sum(r => r.Plan.Left.Count)} of {reports.Sum(r => r.Plan.Entries.Count)} runs are left; the same command goes on");
        return CliContext.Failed;
    }

    public void Dispose()
    {
        _interrupt.Dispose();
        _terminate.Dispose();
        _stop.Dispose();
    }

    private void End(PosixSignalContext signal)
    {
        signal.Cancel = true;
        _context.Error.WriteLine("stopping every run at its next step");
        _stop.Cancel();
    }
}
