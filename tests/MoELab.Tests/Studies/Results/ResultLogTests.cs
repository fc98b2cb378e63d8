using MoELab.Studies.Results;

namespace MoELab.Tests.Studies.Results;

public sealed class ResultLogTests
{
    [Fact]
    public void A_result_reads_back_bit_by_bit_and_a_torn_line_costs_only_itself()
    {
        var folder = TestFolders.New("study");
        var result = new StudyResult
        {
            Study = "s",
            Arm = "a \"b\"",
            Seed = long.MaxValue,
            Status = ResultStatus.Crash,
            Reason = "line\nbreak",
            Run = "s-a-s1",
            Recipe = "r",
            ArmRecipe = "ar",
            Plugins = "p",
            Code = "c",
            Commit = "g",
            Processor = "x",
            Steps = 7,
            Tokens = 1e12,
            Flops = 1.0 / 3,
            Seconds = 0.1,
            Written = new DateTime(2026, 1, 2, 3, 4, 5, DateTimeKind.Utc),
            Metrics = new Dictionary<string, double> { ["loss"] = Math.PI },
            Curve = [[1, 2.5], [2, 0.1 + 0.2]],
        };
        ResultLog.Append(folder, result);
        File.AppendAllText(Path.Combine(folder, ResultLog.File), "{\"schema\":1,\"stu");
        ResultLog.Append(folder, result with { Seed = 2 });
        var log = ResultLog.Read(folder);
        Assert.Equal([2], log.Damaged);
        Assert.Equal([long.MaxValue, 2], log.Rows.Select(r => r.Seed));
        Assert.Equal(result.ToJson(), log.Rows[0].ToJson());
        Assert.Equal(Math.PI, log.Rows[0].Metrics["loss"]);
    }

    [Fact]
    public void A_newer_program_s_results_are_refused_by_line()
    {
        var folder = TestFolders.New("study");
        File.WriteAllText(Path.Combine(folder, ResultLog.File), "{\"schema\":2}\n");
        Assert.Equal($"{Path.Combine(folder, ResultLog.File)}, line 1: schema 2 is newer than this program reads; expected 1",
            Assert.Throws<InputException>(() => ResultLog.Read(folder)).Message);
    }
}
