using MoELab.Studies.Planning;
using MoELab.Studies.Running;

namespace MoELab.Cli.Studies;

/// <summary>Shows a study while it trains: a line whenever a run begins or ends, and how far those that train are every half minute.</summary>
internal sealed class StudyDisplay(TextWriter output, StudyPlan plan) : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(30);
    private readonly CancellationTokenSource _ended = new();
    private readonly Dictionary<string, bool> _told = [];
    private readonly System.Diagnostics.Stopwatch _watch = System.Diagnostics.Stopwatch.StartNew();
    private Task _following = Task.CompletedTask;
    private RunGroup? _group;

    /// <summary>Follows a study's runs.</summary>
    public void Follow(RunGroup group)
    {
        _group = group;
        _following = Task.Run(async () =>
        {
            var last = _watch.Elapsed;
            var preparing = "";
            while (!_ended.IsCancellationRequested)
            {
                if (group.Runs.Count == 0 && group.Preparing.Doing is { Length: > 0 } doing && doing != preparing)
                    output.WriteLine(preparing = doing);
                Tell(group);
                if (_watch.Elapsed - last > Every)
                {
                    last = _watch.Elapsed;
                    Progress(group);
                }
                await Task.Delay(250).ConfigureAwait(false);
            }
        });
    }

    /// <summary>Tells what ended last.</summary>
    public void End()
    {
        _ended.Cancel();
        _following.GetAwaiter().GetResult();
        if (_group is { } group)
            Tell(group);
    }

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }

    private void Tell(RunGroup group)
    {
        foreach (var (arm, run) in group.Begun)
        {
            if (!_told.TryGetValue(run.Name, out var done))
            {
                _told[run.Name] = false;
                output.WriteLine($"{run.Name}: training");
            }
            if (done || !Safely(() => run.Completion.IsCompleted))
                continue;
            _told[run.Name] = true;
            var bits = Safely(() => RunFigures.Of(run.Read(), plan.Study.Metric));
            output.WriteLine(FormattableString.Invariant($"{run.Name}: {Safely(() => run.Status.ToString().ToLowerInvariant()) ?? "gone"}")
                + (bits is { } b ? FormattableString.Invariant($", {plan.Study.Metric} {b:0.0000}") : "")
                + FormattableString.Invariant($" ({_told.Values.Count(d => d)} of {group.Total}, {StudyPlan.Duration(_watch.Elapsed.TotalSeconds)})"));
        }
    }

    private void Progress(RunGroup group)
    {
        var training = group.Begun.Where(b => !_told.GetValueOrDefault(b.Run.Name))
            .Select(b => Safely(() => $"{b.Run.Name} at step {b.Run.Step} of {b.Run.Recipe.Training.Steps}")).OfType<string>().ToArray();
        if (training.Length > 0)
            output.WriteLine("  " + string.Join(", ", training));
    }

    // A run's folder may be deleted meanwhile; its end is told by the study.
    private static T? Safely<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is MoELabException or IOException or UnauthorizedAccessException)
        {
            return default;
        }
    }
}
