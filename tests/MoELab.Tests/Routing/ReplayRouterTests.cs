using MoELab.Routing.Replay;
using MoELab.Tests.Training;
using MoELab.Training;

namespace MoELab.Tests.Routing;

public sealed class ReplayRouterTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"moelab-choices-{Guid.NewGuid():N}.bin");

    public void Dispose() => File.Delete(_path);

    [Theory]
    [InlineData("sigmoid-top-k")]
    [InlineData("expert-choice")]
    public void ChoosesWhatWasRecorded(string name)
    {
        using var scope = torch.NewDisposeScope();
        List<RouterChoice> recorded = [];
        using (var recorder = new ChoiceRecorder(_path))
        {
            for (var micro = 0; micro < 3; micro++)
            {
                var input = RouterKit.Input(Logits($"m{micro}"), micro: micro);
                recorded.Add(RouterKit.Create(name).Route(input).Choice);
                recorder.Append(input.Step.Step, micro, input.Layer, recorded[^1]);
            }
        }
        Assert.Equal(3, new ChoiceTrace(_path).Count);
        var replay = RouterKit.Create("replay", new ReplayRouterOptions { Path = _path });
        for (var micro = 2; micro >= 0; micro--)
        {
            var choice = replay.Route(RouterKit.Input(Logits("another model"), micro: micro)).Choice;
            Assert.Equal(recorded[micro].TopK, choice.TopK);
            Assert.Equal(recorded[micro].Expert_N.data<long>().ToArray(), choice.Expert_N.data<long>().ToArray());
            Assert.Equal(recorded[micro].Token_N.data<long>().ToArray(), choice.Token_N.data<long>().ToArray());
        }
        Assert.Contains("step 9", Assert.Throws<InputException>(() => replay.Route(RouterKit.Input(Logits("x"), step: 9))).Message);
        Assert.Contains("does not match", Assert.Throws<InputException>(() => replay.Route(RouterKit.Input(torch.zeros(3, 8)))).Message);
    }

    [Fact]
    public void A_run_replays_the_choices_that_another_recorded()
    {
        using var tiny = new TinyRuns();
        using (var trainer = Trainer.Create(tiny.Recipe, tiny.Catalog, tiny.Runs, "recorded"))
        {
            trainer.RecordChoices(_path);
            trainer.Run();
        }
        var other = tiny.Recipe.With("training.seed", 5).With("router", "replay", new { path = _path });
        using (var trainer = Trainer.Create(other, tiny.Catalog, tiny.Runs, "replayed"))
            trainer.Run();
        byte[] recorded = File.ReadAllBytes(Path.Combine(tiny.Runs, "recorded", "routing.bin")), replayed = File.ReadAllBytes(Path.Combine(tiny.Runs, "replayed", "routing.bin"));
        Assert.NotEmpty(recorded);
        Assert.Equal(recorded, replayed);
    }

    [Fact]
    public void A_recording_that_cannot_be_written_is_refused() =>
        Assert.StartsWith("recorded choices: cannot write", Assert.Throws<InputException>(() => new ChoiceRecorder(Path.Combine(_path, "below"))).Message, StringComparison.Ordinal);

    [Fact]
    public void ATornRecordIsIgnoredAndAnotherFormatRefused()
    {
        using var scope = torch.NewDisposeScope();
        using (var recorder = new ChoiceRecorder(_path))
        {
            recorder.Append(1, 0, 0, RouterChoice.FromTopK(torch.zeros(4, 1, torch.ScalarType.Int64)));
            recorder.Append(2, 0, 0, RouterChoice.FromTopK(torch.zeros(4, 1, torch.ScalarType.Int64)));
        }
        using (var file = File.OpenWrite(_path))
            file.SetLength(file.Length - 3);
        Assert.Equal(1, new ChoiceTrace(_path).Count);
        foreach (var (topK, count) in new[] { (2, -1), (-1, 4), (2, 3) })
        {
            using (var file = new BinaryWriter(File.Create(_path)))
            {
                file.Write(ChoiceRecorder.Magic);
                foreach (var value in (int[])[ChoiceRecorder.Version, 1, 0, 0, topK, count, 0, 0, 0, 0])
                    file.Write(value);
            }
            Assert.Contains("the file is damaged", Assert.Throws<InputException>(() => new ChoiceTrace(_path)).Message);
        }
        File.WriteAllText(_path, "something else altogether");
        Assert.Contains("contains no choices", Assert.Throws<InputException>(() => new ChoiceTrace(_path)).Message);
        Assert.Contains("no file", Assert.Throws<InputException>(() => new ChoiceTrace(_path + ".absent")).Message);
    }

    private static Tensor Logits(string name) => torch.tensor(RouterKit.Random(12, 8, name));
}
