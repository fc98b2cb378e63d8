using MoELab.Clusters;
using MoELab.Clusters.Definition;
using MoELab.Tests.Training;

namespace MoELab.Tests.Clusters.Definition;

public sealed class ClusterFileTests
{
    private readonly string _file = Path.Combine(TestFolders.New("clusters"), "gpu.yaml");

    [Fact]
    public void A_file_is_a_cluster_of_its_name()
    {
        File.WriteAllText(_file, "launcher: slurm\npartition: h100\ntime: 2-00:00:00\nmemory: 64G\ngpus: 8\nexclude: [ n1, n2 ]\nmodules: [ cuda/12.8 ]");
        var cluster = ClusterFile.Load(_file);
        Assert.Equal(("gpu", LauncherKind.Slurm, "h100", 8), (cluster.Name, cluster.Launcher, cluster.Partition, cluster.Gpus));
        Assert.Equal(LauncherKind.Local, ClusterFile.Load("local").Launcher);
    }

    [Theory]
    [InlineData("partitoin: a", "partitoin: unknown key; did you mean 'partition'?")]
    [InlineData("launcher: pbs", "launcher: ")]
    [InlineData("time: soon", "time: not a time limit; expected such as 30 (minutes), 12:00:00 or 2-00:00:00")]
    [InlineData("memory: much", "memory: not an amount of memory; expected such as 16G")]
    [InlineData("cpus: 0", "cpus: 0 is out of range; expected 1 to 4096")]
    [InlineData("partition: \"a\\n#SBATCH --wrap\"", "partition: has several lines; expected one")]
    [InlineData("options: [ \"--a\\nrm\" ]", "options: has several lines; expected one")]
    [InlineData("slurm", "a cluster is keys and values, such as 'launcher: slurm'; found a single value")]
    public void A_mistake_is_one_sentence_with_the_file(string yaml, string expected)
    {
        File.WriteAllText(_file, yaml);
        var error = Assert.Throws<InputException>(() => ClusterFile.Load(_file)).Message;
        Assert.StartsWith($"{_file}: {expected}", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_name_that_is_unknown_says_where_it_was_looked_for()
    {
        var error = Assert.Throws<InputException>(() => ClusterFile.Load("loacl")).Message;
        Assert.StartsWith("cluster 'loacl': no such file, here or in ", error, StringComparison.Ordinal);
        Assert.EndsWith("did you mean 'local'?", error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_directory_of_runs_that_the_nodes_do_not_share_is_refused_before_anything_is_written()
    {
        using var tiny = new TinyRuns();
        File.WriteAllText(_file, "launcher: local\nwork_directory: /shared/moelab");
        var lab = new MoELab.Lab(tiny.Runs, tiny.Catalog);
        var error = Assert.Throws<InputException>(() => { _ = lab.Submit(tiny.Recipe, _file); }).Message;
        Assert.Equal($"cluster 'gpu': its nodes share '/shared/moelab', and the directory of runs '{tiny.Runs}' is not below it; "
            + "expected such as '/shared/moelab/runs' (--runs, or MOELAB_RUNS)", error);
        Assert.False(Directory.Exists(tiny.Runs));
    }
}
