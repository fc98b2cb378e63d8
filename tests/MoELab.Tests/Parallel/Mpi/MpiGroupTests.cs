using System.Diagnostics;
using MoELab.GroupHost;

namespace MoELab.Tests.Parallel.Mpi;

/// <summary>Groups whose ranks are processes under mpirun.</summary>
public sealed class MpiGroupTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Processes_keep_the_contract(int ranks)
    {
        var (code, text) = MpiJob.Run(ranks, MpiJob.Host, "contract");
        Assert.True(code == 0, text);
        foreach (var name in GroupCases.All.Keys.Append("null references"))
            Assert.All(Enumerable.Range(0, ranks), rank => Assert.Contains($"{rank} {name}: ok", text));
    }

    [Theory]
    [InlineData("shapes", "rank 0 calls all-reduce (sum) of float32 [2], rank 1 calls all-reduce (sum) of float32 [3]")]
    [InlineData("rows", "in the all-to-all of float32 rows [4], rank 0 sends 2 rows to rank 1, which expects 3")]
    [InlineData("late", "all-reduce, call 2 of the group, did not end within 5 s: rank 1 did not come")]
    [InlineData("late unchecked", "which ranks did not come is not known")]
    [InlineData("throws", "rank 1: the disk is full")]
    [InlineData("dies", "rank 1")]
    public void A_job_whose_ranks_fail_ends_and_says_why(string which, string sentence)
    {
        var begun = Stopwatch.GetTimestamp();
        var (code, text) = MpiJob.Run(2, MpiJob.Host, "failure", which);
        Assert.NotEqual(0, code);
        Assert.Contains(sentence, text);
        // The rank that is late sleeps for 5 minutes.
        Assert.True(Stopwatch.GetElapsedTime(begun) < TimeSpan.FromMinutes(3), "the job waited for the rank that is late");
    }

    [Theory]
    [InlineData("/nowhere/libmpi.so", "Open MPI was not found (/nowhere/libmpi.so); install it (on Debian and Ubuntu: openmpi-bin), or name the file of its library in MOELAB_MPI")]
    [InlineData("libc.so.6", "the MPI library that was found (libc.so.6) is not Open MPI's; expected Open MPI, which can be named in MOELAB_MPI")]
    public void A_machine_without_Open_MPI_gets_one_sentence(string library, string sentence)
    {
        var (code, text) = MpiJob.Start("dotnet", [MpiJob.Host, "missing"], [("MOELAB_MPI", library)]);
        Assert.Equal((0, sentence), (code, text.Trim()));
    }
}
