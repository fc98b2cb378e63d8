using MoELab.Clusters.Definition;
using MoELab.Clusters.Jobs;
using MoELab.Clusters.Launching;

namespace MoELab.Tests.Clusters.Launching;

public sealed class JobScriptTests
{
    private readonly string _folder = TestFolders.New("job");

    [Fact]
    public void The_head_asks_for_what_the_cluster_says()
    {
        var cluster = new Cluster { Partition = "h100", Account = "lab", Time = "12:00:00", Cpus = 16, Memory = "64G", Gpus = 2, Exclude = ["n7", "n9"], Options = ["--constraint=fast"], Notice = 300 };
        var lines = new SlurmLauncher().Head(cluster, "run", "/out", 1);
        foreach (var word in new[] { "--job-name=run", "--output=/out", "--partition=h100", "--account=lab", "--time=12:00:00", "--cpus-per-task=16", "--mem=64G", "--gpus-per-node=2",
            "--exclude=n7,n9", "--constraint=fast", "--signal=B:USR1@300", "--requeue" })
            Assert.Contains($"#SBATCH {word}", lines);
        Assert.DoesNotContain(new SlurmLauncher().Head(new Cluster(), "run", "/out", 1), l => l.Contains("--gpus", StringComparison.Ordinal) || l.Contains("--partition", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 8, 1, 1, 16)]
    [InlineData(8, 8, 1, 1, 16)]
    [InlineData(4, 8, 2, 4, 4)]
    [InlineData(1, 3, 3, 1, 16)]
    public void A_run_gets_as_many_nodes_as_its_processes_fill(int perNode, int ranks, int nodes, int tasks, int cores)
    {
        var lines = new SlurmLauncher().Head(new Cluster { RanksPerNode = perNode, Cpus = 16 }, "run", "/out", ranks);
        foreach (var word in new[] { $"--nodes={nodes}", $"--ntasks-per-node={tasks}", $"--cpus-per-task={cores}" })
            Assert.Contains($"#SBATCH {word}", lines);
    }

    [Fact]
    public void Processes_that_do_not_fill_their_nodes_and_nodes_without_a_scheduler_are_refused()
    {
        Assert.Equal("cluster 'c': training.ranks is 6; expected a multiple of 4, which a node takes (ranks_per_node)",
            Assert.Throws<InputException>(() => JobNodes.Of(new Cluster { Name = "c", RanksPerNode = 4 }, 6)).Message);
        Assert.Equal("cluster 'c': launcher local has one node, which takes 4 processes (ranks_per_node); training.ranks is 8",
            Assert.Throws<InputException>(() => JobNodes.Of(new Cluster { Name = "c", RanksPerNode = 4, Launcher = LauncherKind.Local }, 8)).Message);
    }

    // A program in place of MoELab: it notes its words and ends as told, so that the script alone is tested.
    [Theory]
    [InlineData("exit 0", 0, 1)]
    [InlineData("exit 2", 2, 1)]
    [InlineData("kill -9 $$", 137, 3)]
    [InlineData("[ $(wc -l < said) = 2 ] && exit 0; exit 1", 0, 2)]
    public void It_starts_again_what_dies_and_no_more_often_than_it_may(string end, int exit, int starts)
    {
        var script = Script(end, new Cluster { Restarts = 2, Setup = ["export GIVEN=from-setup"] });
        Assert.Equal(exit, EndToEnd.Shell.Run("bash", script).Exit);
        var said = File.ReadAllLines(Path.Combine(_folder, "said"));
        Assert.Equal(starts, said.Length);
        Assert.All(said, words => Assert.Equal($"from-setup it's {_folder}/jobs/it's a run/recipe.yaml", words));
    }

    [Fact]
    public void A_node_that_does_not_see_the_job_says_so()
    {
        var script = Script("exit 0", new Cluster());
        Directory.Delete(Path.Combine(_folder, "jobs", "it's a run"), recursive: true);
        var (exit, _, error) = EndToEnd.Shell.Run("bash", script);
        Assert.Equal(JobScript.NotShared, exit);
        Assert.Contains("is not visible on", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_jobs_do_not_train_one_run()
    {
        var script = Script("exit 0", new Cluster());
        using var held = new FileStream(Path.Combine(_folder, "jobs", "it's a run", "alive"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Assert.Equal((JobScript.Taken, "", "another job trains this run\n"), EndToEnd.Shell.Run("bash", script));
    }

    [Fact]
    public void Without_a_scheduler_there_is_one_sentence()
    {
        Assert.Null(Tool.Run("no-such-scheduler-of-jobs"));
        if (Tool.Run("sbatch", "--version") is null)
            Assert.Equal("there is no 'sbatch' on this machine; submit from a login node of the cluster, or with a cluster of 'launcher: local'",
                Assert.Throws<InputException>(() => new SlurmLauncher().Submit("script", "output")).Message);
    }

    private string Script(string end, Cluster cluster)
    {
        var job = Directory.CreateDirectory(Path.Combine(_folder, JobRecord.Folder, "it's a run")).FullName;
        var program = Path.Combine(_folder, "program");
        File.WriteAllText(program, $"cd '{_folder}'\necho \"$GIVEN $NAMED $2\" >> said\n{end}\n");
        var script = Path.Combine(_folder, "job.sh");
        File.WriteAllText(script, JobScript.Of(cluster, new LocalLauncher(), "it's a run", _folder, job, ["bash", program], 1, new Dictionary<string, string> { ["NAMED"] = "it's" }));
        return script;
    }
}
