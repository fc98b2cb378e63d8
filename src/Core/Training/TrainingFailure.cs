using MoELab.Interop.Host;
using MoELab.Runs.Folder;
using MoELab.Training.Steps;

namespace MoELab.Training;

/// <summary>What a run that cannot go on says when the machine is to blame: one sentence with the step, the reason and what comes next.</summary>
internal static class TrainingFailure
{
    /// <returns>Null when the exception says itself what there is to say.</returns>
    public static RunException? Tell(Exception e, int step, string folder, TrainingParts parts, IReadOnlyList<int> checkpoints)
    {
        var next = checkpoints.Count > 0 ? $"resume continues after the checkpoint of step {checkpoints[0]}" : "there is no checkpoint yet";
        if (DiskError.Is(e))
            return new($"step {step}: the run folder '{folder}' cannot be written ({DiskError.Reason(e)}); {next}", e);
        return MemoryError.Is(e) ? new($"step {step}: {MemoryError.Reason(e)}; {Advice(parts)}; {next}", e) : null;
    }

    /// <summary>The sentence about a run folder that no longer exists, if that is why writing failed; the disk is not full then.</summary>
    public static RunException? FolderGone(Exception e, RunFolder folder)
    {
        try
        {
            if (DiskError.Is(e))
                folder.RequireHere();
            return null;
        }
        catch (RunException gone)
        {
            return gone;
        }
    }

    private static string Advice(TrainingParts parts)
    {
        var training = parts.Recipe.Training;
        var lower = $"training.sequence_length ({training.SequenceLength})";
        if (training.MicroBatchTokens > training.SequenceLength)
            lower = $"training.micro_batch_tokens ({training.MicroBatchTokens}) or {lower}";
        List<string> more = [];
        if (!training.ActivationCheckpointing)
            more.Add("training.activation_checkpointing");
        if (parts.CouldRecompute)
            more.Add($"'recompute' of the kernel '{parts.Kernel}'");
        return $"lower {lower}{(more.Count == 0 ? "" : $", or turn on {string.Join(" or ", more)}")}";
    }
}
