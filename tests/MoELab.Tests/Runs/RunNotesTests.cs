using MoELab.Runs.Folder;
using MoELab.Tests.Views;

namespace MoELab.Tests.Runs;

public sealed class RunNotesTests
{
    [Fact]
    public void What_is_written_is_read_and_a_folder_without_notes_has_none()
    {
        var run = SyntheticRun.Create("a", steps: 2).FullPath;
        Assert.Equal(("", false, 0), (RunNotes.Read(run).Text, RunNotes.Read(run).Archived, RunNotes.Read(run).Tags.Count));
        new RunNotes { Tags = [" a ", "b", "a", ""], Text = "line\nline \"é\"", Archived = true }.Write(run);
        var notes = RunNotes.Read(run);
        Assert.Equal(["a", "b"], notes.Tags);
        Assert.Equal(("line\nline \"é\"", true), (notes.Text, notes.Archived));
        Assert.DoesNotContain(Directory.GetFiles(run), f => f.EndsWith(".tmp", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("nothing", "not JSON")]
    [InlineData("[]", "expected an object")]
    [InlineData("""{"tags": [1]}""", "expected text")]
    [InlineData("""{"archived": "yes"}""", "expected true or false")]
    public void A_file_that_is_no_notes_is_named(string text, string sentence)
    {
        var run = SyntheticRun.Create("a", steps: 2).FullPath;
        File.WriteAllText(Path.Combine(run, RunNotes.FileName), text);
        var error = Assert.Throws<InputException>(() => RunNotes.Read(run));
        Assert.Contains(RunNotes.FileName, error.Message);
        Assert.Contains(sentence, error.Message);
    }

    [Fact]
    public void Notes_have_limits_and_need_a_folder()
    {
        var run = SyntheticRun.Create("a", steps: 2).FullPath;
        Assert.Contains("expected at most 20,000", Refused(new RunNotes { Text = new string('x', RunNotes.MostText + 1) }));
        Assert.Contains("expected at most 32", Refused(new RunNotes { Tags = [.. Enumerable.Range(0, RunNotes.MostTags + 1).Select(i => $"{i}")] }));
        Assert.Contains("expected at most 64", Refused(new RunNotes { Tags = [new string('x', RunNotes.MostTag + 1)] }));
        Directory.Delete(run, recursive: true);
        Assert.Contains("its folder is gone", Refused(new RunNotes()));
        Assert.False(Directory.Exists(run));

        string Refused(RunNotes notes) => Assert.Throws<InputException>(() => notes.Write(run)).Message;
    }
}
