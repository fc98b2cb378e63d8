using System.Text.Json;
using MoELab.Clusters.Definition;
using MoELab.Clusters.Jobs;
using MoELab.Clusters.Launching;
using MoELab.Plugins;
using MoELab.Recipes.Input;
using MoELab.Runs.Folder;
using MoELab.Training.Steps;

namespace MoELab.Clusters;

/// <summary>Runs of a lab as jobs of a cluster.</summary>
public static class LabClusters
{
    /// <summary>Submits a run to a cluster and returns as soon as its scheduler has accepted it.</summary>
    /// <param name="lab">The lab; the nodes must see its directory of runs.</param>
    /// <param name="recipe">The recipe; a name or path converts. Without <c>training.threads</c> a job of Slurm trains on the cluster's <c>cpus</c>, which its ranks on a node share.</param>
    /// <param name="on">The cluster: a name or a file (<see cref="ClusterFile.Load"/>).</param>
    /// <param name="name">The run's name; null uses the recipe's. A taken name becomes <c>name-2</c>.</param>
    /// <returns>The job.</returns>
    /// <exception cref="InputException">The recipe or the cluster is invalid, or the scheduler is not here or rejects the job; thrown by the call itself.</exception>
    public static Task<Job> Submit(this Lab lab, Recipe recipe, string on, string? name = null)
    {
        var cluster = ClusterFile.Load(on);
        RunPaths.CheckName(name ?? recipe.Name);
        RecipeValidator.Validate(recipe, lab.Plugins);
        StepShare.Check(recipe);
        RequireShared(cluster, lab.RunsDirectory);
        var (_, here) = JobNodes.Of(cluster, recipe.Training.Ranks);
        if (cluster.Launcher == LauncherKind.Slurm && recipe.Training.Threads == 0)
            recipe = recipe with { Training = recipe.Training with { Threads = Math.Max(1, cluster.Cpus / here) } };
        lab.Announce(recipe);
        var pinned = PinnedPlugins.Pin(recipe, lab.Plugins);
        var start = lab.Begin(name ?? recipe.Name);
        start.IsQueued = true;
        return Submitted(lab, cluster, pinned, start);
    }

    /// <summary>The jobs whose runs belong to this lab's directory, newest first.</summary>
    public static IReadOnlyList<Job> Jobs(this Lab lab)
    {
        var folder = Path.Combine(lab.RunsDirectory, JobRecord.Folder);
        return !Directory.Exists(folder) ? [] : [.. Directory.EnumerateDirectories(folder).Where(d => File.Exists(Path.Combine(d, JobRecord.File)))
            .Select(d => new Job(Read(d), lab)).OrderByDescending(j => j.Submitted)];
    }

    /// <summary>The job of a run.</summary>
    /// <exception cref="InputException">There is none; the message names the nearest one.</exception>
    public static Job Job(this Lab lab, string name)
    {
        var jobs = lab.Jobs();
        return jobs.FirstOrDefault(j => j.Name == name)
            ?? throw new InputException($"job '{name}': no run of that name was submitted from '{lab.RunsDirectory}'{Names.Hint(name, [.. jobs.Select(j => j.Name)])}");
    }

    private static async Task<Job> Submitted(Lab lab, Cluster cluster, Recipe recipe, RunStart start)
    {
        string? folder = null;
        try
        {
            var launcher = Launchers.Of(cluster.Launcher);
            (var name, folder) = NewFolder(lab.RunsDirectory, start.Name);
            var (script, output) = (Path.Combine(folder, JobRecord.Script), Path.Combine(folder, JobRecord.Output));
            File.WriteAllText(Path.Combine(folder, JobRecord.Recipe), recipe.ToYaml());
            File.WriteAllText(script, Script(lab, cluster, launcher, recipe, name, folder));
            var record = new JobRecord
            {
                Name = name,
                Id = await Task.Run(() => launcher.Submit(script, output)).ConfigureAwait(false),
                Cluster = cluster.Name,
                Launcher = cluster.Launcher,
                Partition = cluster.Partition,
                Machine = Environment.MachineName,
                Submitted = DateTime.UtcNow.ToString("O", CultureInfo.InvariantCulture),
            };
            RunFolder.WriteAtomically(Path.Combine(folder, JobRecord.File), JsonSerializer.Serialize(record, OptionsBinder.Json) + "\n");
            var job = new Job(record, lab);
            _ = Follow(job, start);
            return job;
        }
        catch
        {
            start.Failed = true;
            if (folder is not null)
                Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    // The cell that submits shows where the job is in the queue, and the run's card once it has begun.
    private static async Task Follow(Job job, RunStart start)
    {
        try
        {
            await job.Begun(null, start, CancellationToken.None).ConfigureAwait(false);
            start.Run = job.Run;
        }
        catch (MoELabException e)
        {
            start.Report(e.Message);
            start.Failed = true;
        }
    }

    private static string Script(Lab lab, Cluster cluster, ILauncher launcher, Recipe recipe, string name, string folder)
    {
        var program = cluster.Program.Length > 0 ? null : TrainingProgram.With([]);
        var environment = new Dictionary<string, string>();
        if (program?.Environment.TryGetValue("LD_LIBRARY_PATH", out var libraries) == true && libraries is { Length: > 0 })
            environment["LD_LIBRARY_PATH"] = libraries;
        // Plugins travel with the job: what a cell has compiled lies in a folder of this machine.
        var plugins = PinnedPlugins.Folders(recipe, lab.Plugins).Select((source, i) =>
        {
            var copy = Path.Combine(folder, "plugins", FormattableString.Invariant($"{i + 1}"), Path.GetFileName(Path.TrimEndingDirectorySeparator(source)));
            Copy(source, copy);
            return copy;
        }).ToArray();
        if (plugins.Length > 0)
            environment[PluginCatalog.FoldersVariable] = string.Join(Path.PathSeparator, plugins);
        return JobScript.Of(cluster, launcher, name, lab.RunsDirectory, folder,
            program is null ? [] : [program.FileName, .. program.ArgumentList], recipe.Training.Ranks, environment);
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
        {
            var copy = Path.Combine(to, Path.GetRelativePath(from, file));
            Directory.CreateDirectory(Path.GetDirectoryName(copy)!);
            File.Copy(file, copy);
        }
    }

    // A name that neither a run nor another job has; the job's folder reserves it.
    private static (string Name, string Folder) NewFolder(string runs, string wanted)
    {
        var jobs = Path.Combine(runs, JobRecord.Folder);
        for (var n = 1; ; n++)
        {
            var name = n == 1 ? wanted : FormattableString.Invariant($"{wanted}-{n}");
            var folder = Path.Combine(jobs, name);
            if (Path.Exists(Path.Combine(runs, name)) || Path.Exists(folder))
                continue;
            Directory.CreateDirectory(folder);
            return (name, folder);
        }
    }

    private static void RequireShared(Cluster cluster, string runs)
    {
        if (cluster.WorkDirectory.Length == 0)
            return;
        var shared = Path.TrimEndingDirectorySeparator(Path.GetFullPath(cluster.WorkDirectory));
        if (runs != shared && !runs.StartsWith(shared + Path.DirectorySeparatorChar, StringComparison.Ordinal))
            throw new InputException($"cluster '{cluster.Name}': its nodes share '{shared}', and the directory of runs '{runs}' is not below it; "
                + $"expected such as '{Path.Combine(shared, "runs")}' (--runs, or MOELAB_RUNS)");
    }

    private static JobRecord Read(string folder)
    {
        var file = Path.Combine(folder, JobRecord.File);
        try
        {
            return (JobRecord)OptionsBinder.Bind(typeof(JobRecord), JsonNode.Parse(InputFile.ReadText(file, 65536, "a job"))!.AsObject(), "");
        }
        catch (Exception e) when (e is InputException or JsonException or InvalidOperationException)
        {
            throw new InputException($"{file}: {e.Message}", e);
        }
    }
}
