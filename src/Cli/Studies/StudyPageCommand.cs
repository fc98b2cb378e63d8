using MoELab.Runs.Folder;
using MoELab.Studies;
using MoELab.Studies.Reports;

namespace MoELab.Cli.Studies;

/// <summary><c>study page</c>: makes the figures of a Markdown page again from recorded results.</summary>
internal static class StudyPageCommand
{
    public static Command Create(CliContext context)
    {
        var page = new Argument<string>("PAGE") { Description = "a Markdown file with blocks such as '<!-- study NAME -->' ... '<!-- end -->'" };
        var studies = CliOptions.Of<string?>("--studies", "where the studies' files are (default: studies)", "FOLDER");
        var runs = RunOptions.Runs();
        var json = CliOptions.Json();
        var command = new Command("page", "make the figures of a Markdown page again, from the results that are recorded beside the studies' files") { page, studies, runs, json };
        return command.WithAction(parsed =>
        {
            var path = parsed.GetValue(page)!;
            if (!File.Exists(path))
                throw new InputException($"page '{path}': no such file");
            var folder = parsed.GetValue(studies) ?? "studies";
            var text = File.ReadAllText(path);
            var lab = new Lab(parsed.GetValue(runs)!, context.Catalog);
            var updated = StudyPage.Update(text, name => lab.Recorded(Path.Combine(folder, name + ".yaml")));
            CliFiles.Try(() =>
            {
                RunFolder.WriteAtomically(path, updated);
                return path;
            }, why => $"page: '{path}' cannot be written ({why})");
            context.Write(parsed.GetValue(json), new JsonObject { ["page"] = path, ["changed"] = updated != text },
                updated == text ? $"{path}: its figures are up to date" : $"{path}: figures updated");
        });
    }
}
