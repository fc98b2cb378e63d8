using MoELab.Training.Checkpoints;
using MoELab.Training.Steps;

namespace MoELab.Training;

/// <summary>Figures that a run's first and last event carry.</summary>
internal static class RunSummary
{
    public static JsonObject Of(TrainingParts parts, TrainingProgress progress) => new()
    {
        ["tokens"] = progress.Tokens,
        ["seconds"] = progress.Seconds,
        ["kernel"] = parts.Kernel,
    };

    public static JsonObject Floors(TrainingParts parts)
    {
        var floors = parts.Corpus.TotalFloors(parts.Recipe.Training);
        var data = new JsonObject { ["bigram_bits_per_byte"] = floors.Bigram };
        if (floors.Xz is { } xz)
            data["xz_bits_per_byte"] = xz;
        return data;
    }
}
