using MoELab.Live;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Training;
using MoELab.Views;
using MoELab.Views.Scenes;

namespace MoELab.Tests.Notebook.Live;

public sealed class TailTests
{
    private readonly string _file = Path.Combine(TestFolders.New("tail"), "lines");

    private static (List<string> Lines, int Restarts) Read(ByteLines tail)
    {
        var (lines, restarts) = (new List<string>(), 0);
        foreach (var (line, whole) in tail.Read(() => restarts++))
        {
            if (whole)
                lines.Add(Encoding.UTF8.GetString(line.Span));
        }
        return (lines, restarts);
    }

    [Fact]
    public void Only_whole_lines_are_handed_over_and_each_once()
    {
        var tail = new ByteLines(_file);
        Assert.Empty(Read(tail).Lines);
        File.WriteAllText(_file, "one\ntwo\nth");
        Assert.Equal(["one", "two"], Read(tail).Lines);
        Assert.Empty(Read(tail).Lines);
        File.AppendAllText(_file, "ree\n");
        Assert.Equal(["three"], Read(tail).Lines);
    }

    [Fact]
    public void A_file_that_was_cut_is_read_anew_even_where_it_has_grown_past_the_place()
    {
        var tail = new ByteLines(_file);
        File.WriteAllText(_file, "one\ntwo\nthree\n");
        Read(tail);
        File.WriteAllText(_file, "one\n2\nnew lines that reach beyond\n");
        var (lines, restarts) = Read(tail);
        Assert.Equal(["one", "2", "new lines that reach beyond"], lines);
        Assert.Equal(1, restarts);
        File.WriteAllText(_file, "one\n");
        (lines, restarts) = Read(tail);
        Assert.Equal(["one"], lines);
        Assert.Equal(1, restarts);
    }

    [Fact]
    public void A_followed_run_equals_the_run_that_is_read_whole()
    {
        using var tiny = new TinyRuns();
        var folder = "";
        FollowedRun? tail = null;
        var live = new LiveFrames();
        using (var trainer = tiny.Create())
        {
            folder = trainer.Folder;
            tail = new FollowedRun(folder);
            trainer.StepFinished += _ => Follow();
            trainer.Run();
        }
        Follow();
        var whole = RunReader.Open(folder);
        Assert.Equal(whole.Metrics["loss"].Values, tail.Metrics["loss"].Values);
        Assert.Equal(whole.Metrics["max_vio/mean"].Values, tail.Metrics["max_vio/mean"].Values);
        Assert.Equal(LossView.HeldOut(whole.Metrics)!.Values, LossView.HeldOut(tail.Metrics)!.Values);
        Assert.Equal(whole.Status, tail.Status);
        Assert.Equal(whole.Events.Count, tail.Events.Count);
        var (frames, means) = live.Picture();
        var view = whole.Views.Routing();
        Assert.Equal(view.Frames.Steps, frames.Steps);
        Assert.Equal(view.Frames.ToBase64(), frames.ToBase64());
        Assert.Equal(frames.Steps.Count, means.Count);

        void Follow()
        {
            tail!.Read();
            live.Take(tail.Routing);
        }
    }

    [Fact]
    public void Frames_of_a_long_run_are_thinned_evenly_and_end_with_the_last()
    {
        using var tiny = new TinyRuns();
        var path = Path.Combine(tiny.Folder, "routing.bin");
        var (log, tail) = (new RoutingReader(path), new LiveFrames());
        using (var writer = new RoutingWriter(path, 2, 4, 0))
        {
            for (var step = 1; step <= 3000; step++)
            {
                writer.Write(step, new long[,] { { step, 1, 1, 1 }, { 0, 0, 0, 0 } });
                if (step % 7 == 0)
                    Follow();
            }
        }
        Follow();
        foreach (var frames in new[] { tail.Picture().Frames, Fresh(path) })
        {
            Assert.Equal(3000, frames.Steps[^1]);
            Assert.InRange(frames.Steps.Count, 100, 200);
            var gaps = frames.Steps.Zip(frames.Steps.Skip(1), (a, b) => b - a).ToArray();
            Assert.InRange(gaps.Max(), gaps.Min(), 3 * 3000 / frames.Steps.Count);
        }

        void Follow()
        {
            log.Refresh();
            tail.Take(log);
        }
    }

    private static RoutingFrames Fresh(string path)
    {
        var tail = new LiveFrames();
        tail.Take(RoutingReader.Open(path)!);
        return tail.Picture().Frames;
    }
}
