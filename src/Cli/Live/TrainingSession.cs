using System.Diagnostics;
using System.Runtime.InteropServices;
using MoELab.Training;

namespace MoELab.Cli.Live;

/// <summary>Runs a trainer to its end and handles signals: SIGINT and SIGTERM stop it at the next step boundary with a checkpoint.</summary>
internal static class TrainingSession
{
    /// <summary>Exit code after SIGINT, by the convention of shells.</summary>
    public const int Interrupted = 130;

    /// <summary>Exit code after SIGTERM, by the convention of shells.</summary>
    public const int Terminated = 143;

    /// <summary>Trains; returns how it ended and the exit code.</summary>
    /// <param name="trainer">The trainer.</param>
    /// <param name="output">Where steps and events go.</param>
    /// <param name="live">Whether that is a terminal.</param>
    /// <param name="errors">Gets the sentence about a training that hangs.</param>
    /// <param name="heartbeat">Seconds without a step after which this process is killed; 0: never.</param>
    public static (TrainingEnd End, int Code) Run(Trainer trainer, TextWriter output, bool live, TextWriter? errors = null, int heartbeat = 0)
    {
        if (heartbeat > 0)
        {
            trainer.WatchFor(TimeSpan.FromSeconds(heartbeat), sentence =>
            {
                errors?.WriteLine($"moelab: {sentence}");
                errors?.Flush();
                // An orderly exit would wait for the thread that hangs.
                using var own = Process.GetCurrentProcess();
                own.Kill();
            });
        }
        var display = new TrainingDisplay(output, live, trainer.FirstStep, () => trainer.Recipe.Training.Steps);
        var code = 0;
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            code = signal.Signal == PosixSignal.SIGINT ? Interrupted : Terminated;
            trainer.RequestStop();
        }
        // mpirun passes these on, and would end the job at once on the others.
        using var ranks = RankJob.OnStop(signal => { code = signal == RankJob.InterruptSignal ? Interrupted : Terminated; trainer.RequestStop(); });
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        trainer.StepFinished += display.Step;
        trainer.Events.Written += display.Event;
        var end = trainer.Run();
        display.End();
        return (end, end == TrainingEnd.Stopped ? code : 0);
    }
}
