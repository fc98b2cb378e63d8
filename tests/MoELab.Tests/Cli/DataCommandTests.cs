namespace MoELab.Tests.Cli;

public sealed class DataCommandTests(TrainedRuns runs) : IClassFixture<TrainedRuns>
{
    [Fact]
    public void Show_is_the_provenance_with_floors()
    {
        var json = runs.Line("data show {recipe} --json").Json;
        var numbers = json["domains"]![0]!;
        Assert.Equal("numbers", numbers["name"]!.GetValue<string>());
        Assert.EndsWith("numbers.jsonl", numbers["source"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.All(["bytes", "documents", "tokens", "held_out_bytes"], key => Assert.True(numbers[key]!.GetValue<long>() > 0));
        Assert.Equal(16, numbers["hash"]!.GetValue<string>().Length);
        Assert.InRange(numbers["bigram_bits_per_byte"]!.GetValue<double>(), 0.5, 8);
        Assert.InRange(json["bigram_bits_per_byte"]!.GetValue<double>(), 0.5, 8);
        Assert.Equal(("bytes", 257), (json["tokenizer"]!.GetValue<string>(), json["vocabulary"]!.GetValue<int>()));
        Assert.Contains("numbers.jsonl", runs.Line("data show {recipe}").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_prepared_is_listed_and_prepared_once()
    {
        var file = Path.Combine(TestFolders.New(), "own.txt");
        File.WriteAllText(file, string.Concat(Enumerable.Range(0, 200).Select(i => $"Line {i} of a text.\n")));
        string[] line = ["data", "prepare", runs.Recipe, "--set", "data.sources.numbers=" + file, "--json"];
        var first = runs.Cli(line);
        Assert.Contains("Reading numbers", first.Error, StringComparison.Ordinal);
        var again = runs.Cli(line);
        Assert.Equal(("", first.Output), (again.Error, again.Output));
        var listed = runs.Line("data list --json").Json;
        var prepared = Assert.Single(listed["prepared"]!.AsArray(), p => p!["directory"]!.GetValue<string>() == first.Json["directory"]!.GetValue<string>())!;
        Assert.Equal("bytes", prepared["tokenizer"]!.GetValue<string>());
        Assert.True(prepared["disk_bytes"]!.GetValue<long>() > prepared["tokens"]!.GetValue<long>());
        Assert.Equal(["reference", "code", "languages", "generated"], listed["domains"]!.AsArray().Select(d => d!["name"]!.GetValue<string>()));
        Assert.Contains("numbers words", runs.Line("data list").Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", "contains no text; expected at least one document")]
    [InlineData("   \n\n", "contains no text")]
    [InlineData("One short line.", "too little text")]
    [InlineData("PK\u0003\u0004\0\0", "byte 4 is zero, so the file is binary")]
    [InlineData("caf\u00e9 au lait", "byte 3 (0xe9) is not UTF-8")]
    public void A_text_that_cannot_be_used_is_named(string latin1, string part)
    {
        var file = Path.Combine(TestFolders.New(), "own.txt");
        File.WriteAllText(file, latin1, Encoding.Latin1);
        foreach (var command in new[] { "data prepare", $"train --runs {runs.Folder}/none" })
        {
            var run = runs.Cli([.. command.Split(' '), runs.Recipe, "--set", "data.sources.numbers=" + file]);
            Assert.Equal((2, ""), (run.Exit, run.Output));
            var sentence = run.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
            Assert.StartsWith("moelab: ", sentence, StringComparison.Ordinal);
            Assert.Contains(file, sentence, StringComparison.Ordinal);
            Assert.Contains(part, sentence, StringComparison.Ordinal);
        }
        Assert.False(Directory.Exists(Path.Combine(runs.Folder, "none")));
    }

    [Fact]
    public void A_source_without_files_is_named() =>
        Assert.Contains("data.sources.numbers: 'nowhere/*.txt' matches no file", runs.Line("data show {recipe} --set data.sources.numbers=nowhere/*.txt").Refused(), StringComparison.Ordinal);
}
