using MoELab.Cells;
using MoELab.Cells.Session;
using MoELab.Plugins;

namespace MoELab.Tests.Notebook.Cells;

/// <summary>Cells in a session without any wire protocol.</summary>
public sealed class SessionTests : IDisposable
{
    private readonly NotebookSession _session = NotebookHost.Create(new Lab(TestFolders.New(), PluginCatalog.Discover()));

    public void Dispose() => _session.Dispose();

    private async Task<(CellResult Result, RecordedOutput Output)> Run(string code, CancellationToken? cancel = null)
    {
        var output = new RecordedOutput();
        return (await _session.Execute(code, output, cancel ?? TestContext.Current.CancellationToken), output);
    }

    [Fact]
    public async Task The_last_expression_is_the_result_and_variables_stay()
    {
        Assert.True((await Run("var x = 20;")).Result.Succeeded);
        Assert.Equal("42", (await Run("x + 22")).Output.Results.Single().Plain);
        Assert.Empty((await Run("x + 22;")).Output.Results);
    }

    [Fact]
    public async Task The_lab_and_its_usings_are_ready()
    {
        var (result, output) = await Run("lab.Recipe(\"lab-tiny\").Name");
        Assert.True(result.Succeeded, result.Error?.ToString());
        Assert.Equal("lab-tiny", output.Results.Single().Plain);
    }

    [Fact]
    public async Task A_cell_awaits_at_the_top()
    {
        var (result, output) = await Run("await Task.Delay(5); Console.WriteLine(\"after\"); await Task.FromResult(7)");
        Assert.True(result.Succeeded);
        Assert.Equal("after" + Environment.NewLine, output.Out);
        Assert.Equal("7", output.Results.Single().Plain);
    }

    [Fact]
    public async Task A_using_variable_is_there_for_later_cells()
    {
        var declared = await Run("using System.Text;\nusing var text = new StringReader(\"line\"); { using var inner = new StringReader(\"\"); }");
        Assert.True(declared.Result.Succeeded);
        Assert.Equal("line", (await Run("text.ReadLine()")).Output.Results.Single().Plain);
        Assert.Equal("complete", MoELab.Cells.CSharp.CSharpLanguage.Completeness("using var a = new StringReader(\"\");"));
    }

    [Fact]
    public async Task A_syntax_error_names_the_cells_own_line()
    {
        var (result, _) = await Run("var a = 1;\nvar b = ;");
        Assert.Equal(2, result.Error!.Line);
        Assert.StartsWith("CS", result.Error.Name);
        Assert.Equal("1", (await Run("1")).Output.Results.Single().Plain);
    }

    [Fact]
    public async Task An_exception_shows_the_cells_lines_and_no_frame_of_the_host()
    {
        var (result, _) = await Run("#!markdown\n# title\n#!csharp\nvoid Fail()\n{\n    throw new InvalidOperationException(\"no\");\n}\nFail();");
        Assert.Equal("System.InvalidOperationException", result.Error!.Name);
        Assert.Equal("no", result.Error.Message);
        Assert.Equal(6, result.Error.Line);
        Assert.All(result.Error.Trace, line => Assert.Matches(@"^at (Fail, )?cell \d+, line (6|8)$", line));
        Assert.Equal(2, result.Error.Trace.Count);
    }

    [Fact]
    public async Task An_endless_loop_is_stopped_and_the_session_goes_on()
    {
        using var cancel = new CancellationTokenSource(300);
        var (result, _) = await Run("var kept = 5; while (true) { }", cancel.Token);
        Assert.True(result.Interrupted);
        Assert.Equal("3", (await Run("1 + 2")).Output.Results.Single().Plain);
    }

    [Fact]
    public async Task An_endless_loop_after_an_await_is_stopped()
    {
        using var cancel = new CancellationTokenSource(500);
        var (result, _) = await Run("await Task.Delay(1); while (true) { }", cancel.Token);
        Assert.True(result.Interrupted);
    }

    [Fact]
    public async Task A_long_wait_is_stopped()
    {
        using var cancel = new CancellationTokenSource(300);
        Assert.True((await Run("await Task.Delay(100000);", cancel.Token)).Result.Interrupted);
        using var again = new CancellationTokenSource(300);
        Assert.True((await Run("Thread.Sleep(100000);", again.Token)).Result.Interrupted);
    }

    [Fact]
    public async Task An_unknown_magic_names_those_that_there_are()
    {
        var (result, _) = await Run("#!cobol\nDISPLAY 1.");
        Assert.Contains("#!cobol", result.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("#!csharp", result.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_display_can_be_updated_from_a_later_cell()
    {
        var (_, first) = await Run("var shown = display(\"a\");");
        var (_, second) = await Run("shown.Update(\"b\");");
        Assert.Equal(first.Displays.Single().Id, first.Updates.Single().Id);
        Assert.Equal("b", first.Updates.Single().Data.Plain);
        Assert.Empty(second.Displays);
    }

    [Fact]
    public async Task Formatters_and_pocket_views_behave_as_in_dotnet_interactive()
    {
        var (result, output) = await Run("Formatter.Register<DayOfWeek>((d, w) => w.Write($\"<b>{d}</b>\"), \"text/html\");\nDayOfWeek.Friday");
        Assert.True(result.Succeeded, result.Error?.ToString());
        Assert.Equal("<b>Friday</b>", output.Results.Single().Forms["text/html"]);
        var (html, page) = await Run("HTML(\"<i>x</i>\")");
        Assert.True(html.Succeeded);
        Assert.Equal("<i>x</i>", page.Results.Single().Forms["text/html"]);
    }

    [Fact]
    public async Task Content_cells_are_displayed_as_what_they_are()
    {
        Assert.Equal("<b>x</b>", (await Run("#!html\n<b>x</b>")).Output.Displays.Single().Data.Forms["text/html"]);
        Assert.Equal("# x", (await Run("#!markdown\n# x")).Output.Displays.Single().Data.Forms["text/markdown"]);
        var script = (await Run("#!javascript\nalert(1)")).Output.Displays.Single().Data.Forms["text/html"];
        Assert.Contains("alert", (string)script, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Variables_are_listed_and_set()
    {
        await Run("var x = 1; var y = new List<string> { \"a\" };");
        Assert.Contains("List<String>", (await Run("#!whos")).Output.Displays.Single().Data.Plain, StringComparison.Ordinal);
        Assert.True((await Run("#!set --name z --value @csharp:y")).Result.Succeeded);
        Assert.Equal("a", (await Run("z[0]")).Output.Results.Single().Plain);
        Assert.True((await Run("#!set --name t --value \"two words\"\nt.Length")).Output.Results.Single().Plain == "9");
    }

    [Fact]
    public async Task Time_reports_after_the_body()
    {
        var (result, output) = await Run("#!time\nConsole.Write(1);");
        Assert.True(result.Succeeded);
        Assert.Equal("1", output.Out);
        Assert.Matches(@"^took [\d,.]+ ms$", output.Displays.Single().Data.Plain);
    }

    [Fact]
    public async Task Completion_gives_bare_identifiers_of_what_cells_declared()
    {
        await Run("var answer = \"text\"; int Twice(int a) => 2 * a;");
        var members = await _session.Complete("answer.Le", 9, new RecordedOutput(), TestContext.Current.CancellationToken);
        Assert.Equal("Length", members.Items[0].Text);
        Assert.Equal((7, 9), (members.Start, members.End));
        var names = await _session.Complete("Twi", 3, new RecordedOutput(), TestContext.Current.CancellationToken);
        Assert.Contains(names.Items, i => i.Text == "Twice");
        var lab = await _session.Complete("lab.", 4, new RecordedOutput(), TestContext.Current.CancellationToken);
        Assert.Contains(lab.Items, i => i.Text == "Start");
        var magic = await _session.Complete("#!ti", 4, new RecordedOutput(), TestContext.Current.CancellationToken);
        Assert.Equal("#!time", magic.Items.Single().Text);
    }

    [Fact]
    public async Task Hover_shows_the_signature_and_the_documentation()
    {
        var text = await _session.Hover("lab.Start(\"lab-tiny\")", 6, new RecordedOutput(), TestContext.Current.CancellationToken);
        Assert.Contains("Run Lab.Start(", text, StringComparison.Ordinal);
        Assert.Contains("in its own process", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Diagnostics_come_before_execution()
    {
        var found = await _session.Diagnose("var x = 1;\nint y = \"a\";", new RecordedOutput(), TestContext.Current.CancellationToken);
        var error = Assert.Single(found, d => d.IsError);
        Assert.StartsWith("CS0029", error.Message);
        Assert.Equal("\"a\"", "var x = 1;\nint y = \"a\";"[error.Start..error.End]);
    }

    [Fact]
    public async Task A_package_that_needs_another_TorchSharp_is_refused_with_both_versions()
    {
        var (result, _) = await Run("#r \"nuget: TorchSharp, 0.99.0\"");
        Assert.Contains("0.99.0", result.Error!.Message, StringComparison.Ordinal);
        Assert.Contains("0.107.0", result.Error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_package_from_the_folder_of_packages_loads()
    {
        var (result, output) = await Run("#r \"nuget: Markdig, 1.6.0\"\nMarkdig.Markdown.ToHtml(\"*a*\").Trim()");
        Assert.True(result.Succeeded, result.Error?.ToString());
        Assert.Equal("<p><em>a</em></p>", output.Results.Single().Plain);
    }

    [Fact]
    public async Task A_version_that_the_host_does_not_have_does_not_pass_silently()
    {
        var (newer, _) = await Run("#r \"nuget: Markdig, 99.0.0\"");
        Assert.Equal("#r \"nuget: Markdig, 99.0.0\": this notebook runs on Markdig 1.6.0, and another version cannot be loaded beside it; "
            + "request 1.6.0, or leave the version out", newer.Error!.Message);
        var (older, output) = await Run("#r \"nuget: Markdig, 0.31.0\"\nMarkdig.Markdown.ToHtml(\"*a*\").Trim()");
        Assert.True(older.Succeeded, older.Error?.ToString());
        Assert.Equal("#r \"nuget: Markdig, 0.31.0\": this notebook runs on Markdig 1.6.0, which is newer; cells use that version",
            output.Error.Trim());
        foreach (var right in new[] { "Markdig", "Markdig, 1.6.0", "Markdig, 1.*", "Markdig, [1.0.0,2.0.0)" })
            Assert.Equal("", (await Run($"#r \"nuget: {right}\"")).Output.Error);
    }

    [Fact]
    public async Task A_missing_file_is_refused_by_name()
    {
        var (result, _) = await Run("#r \"nowhere.dll\"");
        Assert.Contains("nowhere.dll", result.Error!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_cells_and_services_that_load_at_the_same_time_agree_on_types()
    {
        for (var i = 0; i < 4; i++)
        {
            using var session = NotebookHost.Create(new Lab(TestFolders.New(), PluginCatalog.Discover()));
            var warm = session.Warm(TestContext.Current.CancellationToken);
            var first = await session.Execute("var task = Task.Delay(1); task.Status", new RecordedOutput(), TestContext.Current.CancellationToken);
            var second = await session.Execute("await task; lab.Recipe(\"lab-tiny\").Diff(\"lab-small\")", new RecordedOutput(),
                TestContext.Current.CancellationToken);
            Assert.Null(first.Error);
            Assert.Null(second.Error);
            await warm;
        }
    }
}
