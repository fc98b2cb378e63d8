using MoELab.Clusters;
using MoELab.Clusters.Jobs;

namespace MoELab.Cli.Clusters;

/// <summary><c>submit RECIPE --on CLUSTER</c>, <c>jobs</c> and <c>cancel RUN</c>.</summary>
internal static class ClusterCommands
{
    public static Command CreateSubmit(CliContext context)
    {
        var (recipe, set) = (CliOptions.Recipe(), CliOptions.Set());
        var on = new Option<string>("--on") { Description = "the cluster: a YAML file, a name in clusters/ or ~/.config/moelab/clusters/, or 'local'", HelpName = "CLUSTER", Required = true };
        var name = CliOptions.Of<string?>("--name", "the run's name; NAME-2 if it is taken (default: the recipe's)");
        var wait = CliOptions.Of<int?>("--wait", "wait until the run has begun, at most so many seconds", "SECONDS");
        var (runs, json) = (RunOptions.Runs(), CliOptions.Json());
        return new Command("submit", "submit a run to a cluster") { recipe, on, set, name, wait, runs, json }.WithAction(parsed =>
        {
            if (parsed.GetValue(wait) is < 1)
                throw new InputException($"--wait: {parsed.GetValue(wait)} is out of range; expected at least 1");
            var loaded = CliOptions.Load(context, parsed.GetValue(recipe)!, parsed.GetValue(set)!);
            var lab = new Lab(parsed.GetValue(runs), context.Catalog);
            var job = lab.Submit(loaded, parsed.GetValue(on)!, parsed.GetValue(name)).GetAwaiter().GetResult();
            if (parsed.GetValue(wait) is { } seconds)
                job.Started(TimeSpan.FromSeconds(seconds)).GetAwaiter().GetResult();
            if (parsed.GetValue(json))
                context.WriteJson(ToJson(job));
            else
                context.Output.WriteLine(job.ToString());
        });
    }

    public static Command CreateJobs(CliContext context)
    {
        var (runs, json) = (RunOptions.Runs(), CliOptions.Json());
        return new Command("jobs", "list the runs that were submitted to clusters, newest first") { runs, json }.WithAction(parsed =>
        {
            var jobs = new Lab(parsed.GetValue(runs), context.Catalog).Jobs();
            if (parsed.GetValue(json))
                context.WriteJson(new JsonArray([.. jobs.Select(j => (JsonNode)ToJson(j))]));
            else if (jobs.Count == 0)
                context.Error.WriteLine("no jobs yet; submit one with 'moelab submit RECIPE --on CLUSTER'");
            else
                context.WriteTable(["run", "job", "cluster", "submitted", "state", "status of the run"],
                    jobs.Select(j => (string[])[j.Name, j.Id, j.Cluster, j.Submitted.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), Said(j), Status(j) ?? "none yet"]));
        });
    }

    public static Command CreateCancel(CliContext context)
    {
        var (name, runs, json) = (RunOptions.Run(), RunOptions.Runs(), CliOptions.Json());
        return new Command("cancel", "end a job: its run saves a checkpoint, a job that waits leaves the queue") { name, runs, json }.WithAction(parsed =>
        {
            var job = new Lab(parsed.GetValue(runs), context.Catalog).Job(parsed.GetValue(name)!);
            job.Cancel();
            if (parsed.GetValue(json))
                context.WriteJson(ToJson(job));
            else
                context.Output.WriteLine(job.ToString());
        });
    }

    private static JsonObject ToJson(Job job)
    {
        JobState? state = null;
        string? unknown = null;
        try
        {
            state = job.State();
        }
        catch (RunException e)
        {
            unknown = e.Message;
        }
        return new JsonObject
        {
            ["run"] = job.Name,
            ["job"] = job.Id,
            ["cluster"] = job.Cluster,
            ["submitted"] = job.Submitted.ToString("O", CultureInfo.InvariantCulture),
            ["state"] = state is null ? "unknown" : Names.Snake(state.Phase.ToString()),
            ["reason"] = state?.Reason ?? unknown,
            ["position"] = state?.Position,
            ["node"] = state?.Node,
            ["status"] = Status(job),
            ["output"] = job.Output,
        };
    }

    private static string Said(Job job)
    {
        try
        {
            return job.State().ToString();
        }
        catch (RunException e)
        {
            return e.Message;
        }
    }

    private static string? Status(Job job) => job.Run is { } run ? Names.Snake(run.Status.ToString()) : null;
}
