using MoELab.Parallel.Mpi;
using MoELab.Tests.Parallel.Mpi;
using MoELab.Training.Steps;

namespace MoELab.Tests.Training;

/// <summary>Processes under mpirun that share a step's sequences train the model that one process trains.</summary>
public sealed class MpiTrainingTests : IDisposable
{
    private const string Answer = "MOELAB_TEST_ANSWER";

    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Processes_train_as_one_process_does(int ranks)
    {
        var answer = Path.Combine(_tiny.Folder, $"answer-{ranks}.json");
        var (code, text) = MpiJob.Run(ranks, [(Answer, answer)], typeof(MpiTrainingTests).Assembly.Location, "-noColor", "-explicit", "only", "-method",
            $"{typeof(MpiTrainingTests).FullName}.{nameof(Trains_as_a_rank)}");
        Assert.True(code == 0, text);
        var one = DataParallelTests.Train(DataParallelTests.Shared(_tiny.Recipe), _tiny.Catalog, null);
        var steps = JsonNode.Parse(File.ReadAllText(answer))!.AsArray();
        Assert.Equal(one.Count, steps.Count);
        foreach (var (expected, actual) in one.Zip(steps))
        {
            Assert.Equal(expected.Counts.Cast<long>(), actual!["counts"]!.AsArray().Select(c => (long)c!));
            Assert.Equal(expected.Losses.Total, (double)actual["loss"]!, 1e-5);
            Assert.Equal(expected.GradientNorm, (double)actual["norm"]!, 1e-4 * expected.GradientNorm);
        }
    }

    /// <summary>What each process of the job runs: this assembly, with this test alone.</summary>
    [Fact(Explicit = true)]
    public void Trains_as_a_rank() => MpiGroup.Run(group =>
    {
        var steps = DataParallelTests.Train(DataParallelTests.Shared(_tiny.Recipe), _tiny.Catalog, group);
        if (group.Rank == 0)
            File.WriteAllText(Environment.GetEnvironmentVariable(Answer)!, new JsonArray([.. steps.Select(Describe)]).ToJsonString());
    }, TimeSpan.FromMinutes(2));

    private static JsonNode Describe(StepOutcome step) => new JsonObject
    {
        ["counts"] = new JsonArray([.. step.Counts.Cast<long>().Select(c => (JsonNode)c)]),
        ["loss"] = step.Losses.Total,
        ["norm"] = step.GradientNorm,
    };
}
