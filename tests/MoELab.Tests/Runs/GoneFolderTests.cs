using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;
using MoELab.Tests.Cli;
using MoELab.Tests.Training;

namespace MoELab.Tests.Runs;

/// <summary>A training whose folder goes ends with a sentence and makes nothing anew.</summary>
public sealed class GoneFolderTests : IDisposable
{
    private readonly TinyRuns _tiny = new();

    public void Dispose() => _tiny.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(8)]
    public void A_deleted_folder_ends_the_training_and_stays_deleted(int step)
    {
        using var trainer = _tiny.Create(name: "gone");
        trainer.StepFinished += row => { if (row.Step == step) Directory.Delete(trainer.Folder, recursive: true); };
        var said = Assert.Throws<RunException>(() => trainer.Run()).Message;
        Assert.Contains($"the run folder '{trainer.Folder}' is gone", said);
        Assert.False(Directory.Exists(trainer.Folder));
        Assert.Contains("gone, so the command", Assert.Throws<InputException>(() => Inbox.Send(trainer.Folder, CommandKind.Stop)).Message);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(4)]
    public void A_folder_that_another_stands_in_for_ends_the_training_and_the_other_stays_as_it_is(int step)
    {
        using var trainer = _tiny.Create(name: "replaced");
        trainer.StepFinished += row =>
        {
            if (row.Step != step)
                return;
            Directory.Move(trainer.Folder, trainer.Folder + "-away");
            Directory.CreateDirectory(trainer.Folder);
        };
        Assert.Contains("is gone", Assert.Throws<RunException>(() => trainer.Run()).Message);
        Assert.Empty(Directory.GetFileSystemEntries(trainer.Folder));
        Assert.Contains(TinyRuns.Events(trainer.Folder + "-away"), e => e.Kind == EventKind.Error && e.Message.Contains("is gone", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_process_whose_folder_is_deleted_ends_and_its_completion_says_why()
    {
        var lab = new MoELab.Lab(_tiny.Runs, _tiny.Catalog);
        var run = lab.Start(_tiny.Recipe.With("training.steps=1000000"), "far");
        await run.Watch(3, new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token);
        await Remove(run.FullPath);
        var ended = await Assert.ThrowsAsync<RunException>(() => run.Completion.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Contains("is gone", ended.Message);
        Assert.DoesNotContain("moelab:", ended.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(run.FullPath));
    }

    // A file that the training writes at that moment can keep a folder from going at the first try.
    private static async Task Remove(string folder)
    {
        for (var attempt = 0; Directory.Exists(folder); attempt++)
        {
            try
            {
                Directory.Delete(folder, recursive: true);
            }
            catch (IOException) when (attempt < 100)
            {
                await Task.Delay(20);
            }
        }
    }

    [Fact]
    public void A_report_that_cannot_stand_in_the_folder_can_stand_elsewhere()
    {
        var run = _tiny.Train(name: "read-only");
        // Root writes to read-only folders; a folder of that name refuses everybody.
        Directory.CreateDirectory(Path.Combine(run, "report.html.partial"));
        Assert.Contains("choose another place with --output FILE", CliRun.Of("report", run).Refused());
        var refused = Assert.Throws<InputException>(() => MoELab.Views.Reports.Report.Write(RunReader.Open(run))).Message;
        Assert.StartsWith($"report: '{Path.Combine(run, "report.html")}' cannot be written (", refused);
        Assert.EndsWith("; choose another place", refused);
        var page = Path.Combine(_tiny.Folder, "page.html");
        Assert.Equal(0, CliRun.Of("report", run, "--output", page).Exit);
        Assert.True(File.Exists(page));
    }

    [Fact]
    public void The_directory_of_runs_is_the_same_at_the_top_and_in_a_folder_of_a_repository()
    {
        var top = TestFolders.New("repository");
        var notebooks = Directory.CreateDirectory(Path.Combine(top, "notebooks", "deep")).FullName;
        Assert.Equal(Path.Combine(notebooks, "runs"), RunPaths.DefaultFrom(null, notebooks));
        Directory.CreateDirectory(Path.Combine(top, ".git"));
        Assert.Equal(Path.Combine(top, "runs"), RunPaths.DefaultFrom(null, top));
        Assert.Equal(Path.Combine(top, "runs"), RunPaths.DefaultFrom("", notebooks));
        Directory.CreateDirectory(Path.Combine(top, "notebooks", "runs"));
        Assert.Equal(Path.Combine(top, "notebooks", "runs"), RunPaths.DefaultFrom(null, notebooks));
        Assert.Equal(Path.Combine(notebooks, "mine"), RunPaths.DefaultFrom("mine", notebooks));
        Assert.Contains($"under '{_tiny.Runs}'", Assert.Throws<InputException>(() => RunPaths.Resolve("nothing", _tiny.Runs)).Message);
        Assert.Equal($"no runs in {_tiny.Runs}", new MoELab.Lab(_tiny.Runs, _tiny.Catalog).Runs.ToString());
    }
}
