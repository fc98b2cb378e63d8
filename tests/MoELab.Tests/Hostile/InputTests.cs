using MoELab.Data.Preparation;
using MoELab.Documents;
using MoELab.Interop.Files;
using MoELab.Recipes.Input;
using MoELab.Tests.Cli;

namespace MoELab.Tests.Hostile;

/// <summary>Inputs that ended the process, hung it or were read wrong.</summary>
public sealed class InputTests : IDisposable
{
    private readonly string _folder = TestFolders.New("inputs");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData("alerts: &a [*a]", "anchors and aliases")]
    [InlineData("alerts: [&a x, *a]", "anchors and aliases")]
    [InlineData("name: &a x", "anchors and aliases")]
    public void A_recipe_cannot_contain_itself(string yaml, string expected) =>
        Assert.Contains(expected, Assert.Throws<InputException>(() => RecipeYaml.Parse(yaml)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_recipe_that_doubles_with_every_line_is_refused_at_its_first_alias()
    {
        var yaml = new StringBuilder("a0: &a0 [x, x]\n");
        for (var i = 1; i < 40; i++)
            yaml.Append(System.Globalization.CultureInfo.InvariantCulture, $"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]\n");
        Assert.Contains("line 1", Assert.Throws<InputException>(() => RecipeYaml.Parse(yaml.ToString())).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[")]
    [InlineData("{a: ")]
    [InlineData("- ")]
    public void A_recipe_nested_without_end_is_refused(string opening) =>
        Assert.Contains("inside one another", Assert.Throws<InputException>(() => RecipeYaml.Parse("alerts:\n  " + string.Concat(Enumerable.Repeat(opening, 100_000)))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_file_without_end_is_refused()
    {
        Assert.SkipUnless(File.Exists("/dev/zero"), "no endless file here");
        Assert.Contains("/dev/zero: more than 64 MiB", CliRun.Of("balancer", "replay", "none", "--loads", "/dev/zero").Refused(), StringComparison.Ordinal);
        Assert.Contains("/dev/zero: more than 1 MiB", CliRun.Of("recipe", "show", "/dev/zero").Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[[[[", "inside")]
    [InlineData("{\"loads\": [[1]], \"loads\": [[2]]}", "'loads'")]
    [InlineData("{\"loads\": [[1, \"2\"]]}", "loads[0][1] is \"2\"")]
    [InlineData("{\"loads\": {\"a\": 1}}", "loads is {\"a\":1}; expected a list")]
    [InlineData("null", "key 'loads' is missing")]
    [InlineData("[1]", "the document is [1]; expected an object")]
    [InlineData("{\"loads\": [[1]]", "not JSON at line 1")]
    public void What_is_wrong_with_a_JSON_file_is_one_sentence_with_its_place(string json, string expected)
    {
        var file = Path.Combine(_folder, "loads.json");
        File.WriteAllText(file, json == "[[[[" ? new string('[', 100_000) : json);
        var sentence = CliRun.Of("balancer", "replay", "none", "--loads", file).Refused();
        Assert.StartsWith($"{file}: ", sentence, StringComparison.Ordinal);
        if (expected != "inside")
            Assert.Contains(expected, sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sentence_has_no_line_end_and_nothing_that_a_terminal_obeys() =>
        Assert.Contains("a\\n\\u001b[2Jb: unknown key", Assert.Throws<InputException>(() => new Recipe().With("a\n\u001b[2Jb", 1)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_prepared_corpus_that_cannot_be_read_is_named_in_the_list()
    {
        var file = Path.Combine(Directory.CreateDirectory(Path.Combine(_folder, "corpora", "one")).FullName, "corpus.json");
        foreach (var (json, expected) in new[]
        {
            ("{\"format\": 3, \"domains\": [null]}", "domains[0] is null; expected a domain with its source"), ("{\"format\": 3, \"domains\": [{\"Name\": \"a\"}]}", "domains[0] is {\"Name\":\"a\"}; expected a domain"),
            ("{\"format\": 3}", "domains is absent; expected a list"), ("{\"format\": \"3\", \"domains\": []}", "format is \"3\"; expected a whole number"), ("[", "not JSON at line 1"),
        })
        {
            File.WriteAllText(file, json);
            var told = new List<string>();
            Assert.Empty(CorpusCache.List(told.Add, _folder));
            Assert.StartsWith($"{file}: {expected}", Assert.Single(told), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Safetensors_are_read_as_the_format_asks()
    {
        using var scope = torch.NewDisposeScope();
        // The format's own reader takes an absent and a null metadata alike.
        foreach (var name in new[] { "good", "metadata-null" })
        {
            using var file = SafeTensors.Open(Golden($"safetensors-layout/{name}.safetensors"));
            Assert.Equal([1f, 2f, 3f, 4f], file.Tensors.OrderBy(t => t.Value.Offset).SelectMany(t => file.Read(t.Key).data<float>().ToArray()));
        }
        Assert.Contains("belong to no tensor", Refused("overlap"), StringComparison.Ordinal);
        Assert.Contains("occurs twice", Refused("duplicate"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_list_of_a_dib_survives_both_ways()
    {
        var first = NotebookDocument.Read(Golden("dib-meta/rt.dib"));
        var ipynb = IpynbFormat.Parse(IpynbFormat.ToText(first), "a");
        var (direct, around) = (DibFormat.ToText(first), DibFormat.ToText(ipynb));
        Assert.Equal(direct, around);
        var header = InputJson.Parse(direct.Split('\n')[2], "header", "an object")["kernelInfo"];
        Assert.Equal("csharp", header["defaultKernelName"].Text());
        Assert.Equal(["csharp", "fsharp", "pwsh", "mermaid", "javascript"], header["items"].Items().Select(i => i["name"].Text()));
        Assert.Equal(["cs", "C#", "c#"], header["items"].Items()[0]["aliases"].Items().Select(a => a.Text()));
    }

    private static string Refused(string name) => Assert.Throws<InputException>(() => SafeTensors.Open(Golden($"safetensors-layout/{name}.safetensors")).Dispose()).Message;

    private static string Golden(string name) => Path.Combine(AppContext.BaseDirectory, "Golden", "inputs", name);
}
