using System.Diagnostics;
using System.Runtime.InteropServices;
using MoELab.Data.Preparation;
using MoELab.Parallel.Mpi;
using MoELab.Training.Ranks;
using MoELab.Training.Steps;

namespace MoELab.Cli.Live;

/// <summary>A training by several processes: <c>mpirun</c>, or Slurm's <c>srun</c> on several nodes, starts this program again as each of them.</summary>
internal static class RankJob
{
    /// <summary>What a process of the job gets for Ctrl+C and for SIGTERM: signals that <c>mpirun</c> and <c>srun</c> pass on and do not take for its own.</summary>
    public const PosixSignal InterruptSignal = (PosixSignal)12, StopSignal = (PosixSignal)10;

    private const string Option = "--rank";
    private const int NoiseDashes = 70;

    /// <summary>Marks a process of the job.</summary>
    public static Option<bool> IsRank() => new(Option) { Description = "be a process of a training by several", Hidden = true };

    /// <summary>Starts the processes and waits for their end; what rank 0 prints is this program's.</summary>
    /// <param name="context">Output and plugins.</param>
    /// <param name="recipe">The recipe; its data are prepared before there are several processes that would.</param>
    /// <param name="words">The arguments of this program.</param>
    /// <returns>The exit code.</returns>
    /// <exception cref="InputException">There is nothing here that starts them, or so many processes cannot share the recipe's steps.</exception>
    public static int Run(CliContext context, Recipe recipe, IEnumerable<string> words)
    {
        StepShare.Check(recipe);
        PreparedCorpus.Prepare(recipe.Data, context.Catalog, context.Progress).Dispose();
        var start = RankStart.Of(TrainingProgram.With([.. words, Option]), recipe.Training.Ranks);
        using var process = Process.Start(start)!;
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, s => Pass(s, process, "-USR2"));
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, s => Pass(s, process, "-USR1"));
        var errors = Task.Run(() => Relay(process.StandardError, context.Error));
        while (process.StandardOutput.ReadLine() is { } line)
            context.Output.WriteLine(line);
        errors.Wait();
        process.WaitForExit();
        JobSession.Await(process.Id);
        return process.ExitCode == 127 ? throw new InputException(RankStart.Missing) : process.ExitCode;
    }

    /// <summary>This process as a rank: rank 0 does the work of the command, the others follow it.</summary>
    /// <returns>The exit code.</returns>
    public static int Join(CliContext context, Func<IProcessGroup, int> first)
    {
        var code = 0;
        MpiGroup.Run(group =>
        {
            if (group.Rank == 0)
            {
                code = First(context, () => first(group));
                return;
            }
            // A stop is rank 0's to announce.
            using var ignored = OnStop(_ => { });
            FollowingRank.Run(context.Catalog, group);
        });
        return code;
    }

    // The others wait for this rank, so its failure ends them too, with its sentence and exit code.
    private static int First(CliContext context, Func<int> work)
    {
        try
        {
            return work();
        }
        catch (MoELabException e)
        {
            context.Fail(e.Message, e is RunException ? CliContext.Failed : CliContext.BadInput, json: false);
            MpiLibrary.Abort(e is RunException ? CliContext.Failed : CliContext.BadInput);
            throw;
        }
    }

    /// <summary>Calls back for the signals of a job.</summary>
    public static IDisposable OnStop(Action<PosixSignal> stop)
    {
        var (one, two) = (Register(StopSignal), Register(InterruptSignal));
        return new Both(one, two);

        PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
        {
            context.Cancel = true;
            stop(signal);
        });
    }

    private static void Pass(PosixSignalContext signal, Process job, string name)
    {
        signal.Cancel = true;
        using var kill = Process.Start("kill", [name, job.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    // mpirun's own words about a process that has ended stand between lines of dashes; the reason is in rank 0's.
    private static void Relay(StreamReader from, TextWriter to)
    {
        var noise = false;
        while (from.ReadLine() is { } line)
        {
            if (line.Length >= NoiseDashes && line.Trim('-').Length == 0)
                noise = !noise;
            else if (!noise)
                to.WriteLine(line);
        }
    }

    private sealed class Both(IDisposable one, IDisposable two) : IDisposable
    {
        public void Dispose()
        {
            one.Dispose();
            two.Dispose();
        }
    }
}
