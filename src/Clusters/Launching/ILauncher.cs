using MoELab.Clusters.Definition;
using MoELab.Clusters.Jobs;

namespace MoELab.Clusters.Launching;

/// <summary>Starts scripts as jobs, says how far they are, and ends them.</summary>
internal interface ILauncher
{
    /// <summary>Lines of the script's head that tell the scheduler what the job asks for.</summary>
    /// <param name="cluster">What a job gets.</param>
    /// <param name="name">The job's name.</param>
    /// <param name="output">The file of its output.</param>
    /// <param name="ranks">Processes of the run.</param>
    IReadOnlyList<string> Head(Cluster cluster, string name, string output, int ranks);

    /// <summary>A line of shell that puts the job back into the queue; empty if there is no queue.</summary>
    string Requeue { get; }

    /// <summary>Starts a script; returns as soon as it is accepted.</summary>
    /// <returns>The job's number.</returns>
    /// <exception cref="InputException">There is no such scheduler here, or it rejects the job; the message has its words.</exception>
    string Submit(string script, string output);

    /// <summary>How far a job is.</summary>
    /// <exception cref="RunException">The scheduler does not answer.</exception>
    JobState State(JobRecord job);

    /// <summary>Ends a job, whose run first finishes its step and saves a checkpoint. Does nothing if it has ended.</summary>
    /// <exception cref="InputException">It cannot be reached from here.</exception>
    void Cancel(JobRecord job);
}
