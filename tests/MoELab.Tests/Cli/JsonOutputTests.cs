using System.CommandLine;
using System.Text.Json;
using MoELab.Cli;
using MoELab.Cli.App;

namespace MoELab.Tests.Cli;

/// <summary>With <c>--json</c> every command prints exactly one JSON document on standard output.</summary>
public sealed class JsonOutputTests(TrainedRuns runs) : IClassFixture<TrainedRuns>
{
    private const string Small = "--set data.tokenizer=bytes --set model.layers=2 --set model.d_model=32 --set model.expert_ffn=16 "
        + "--set training.steps=2 --set training.sequence_length=32 --set training.tokens_per_step=256 --set training.micro_batch_tokens=256 "
        + "--set training.eval_tokens=128 --set data.corpus=files --set data.sources.text={recipe} --set data.min_document_tokens=1";

    public static TheoryData<string> Lines =>
    [
        $"quickstart --runs {{runs}} {Small}",
        "train {recipe} --runs {runs} --set training.steps=1",
        "resume {first}",
        "branch {first} --decay 1 --runs {runs}",
        "runs --runs {runs}",
        "show {first}",
        "compare {first} {second}",
        "report {first} --csv {folder}/first.csv --tensorboard {folder}/board",
        "generate {first} --prompt a --tokens 2",
        "export {first} {folder}/exported",
        "logits {model} --tokens {tokens} --output {folder}/logits.json",
        "profile {recipe} --steps 1",
        "study noise {recipe} --seeds 2 --budget 2steps --runs {runs}",
        "study plan {study} --runs {runs}",
        "study run {study} --runs {runs}",
        "study show {study} --runs {runs}",
        "study report {study} --runs {runs} --csv {folder}/study.csv --force",
        "recipe show {recipe}",
        "recipe list",
        "recipe diff lab-tiny lab-small",
        "recipe keys",
        "data list",
        "data prepare {recipe}",
        "data show {recipe}",
        "data tokenize --tokenizer bytes text",
        "plugins",
        "doctor",
        "balancer replay smebu --loads {loads}",
        "sandbox --steps 3 --tokens 64",
        "balancer replay smebu --loads {loads} --output {folder}/biases.json",
        "kernel install --prefix {folder}/prefix",
        "sandbox --experts 16 --tokens 64 --steps 20",
        "notebook run {book}",
        "notebook convert {book} {folder}/book.ipynb",
    ];

    [Theory, MemberData(nameof(Lines))]
    public void A_result_is_one_document(string line)
    {
        var run = runs.Line(line + " --json");
        Assert.True(run.Exit == 0, run.Error);
        using var document = JsonDocument.Parse(run.Output);
        Assert.True(document.RootElement.ValueKind is JsonValueKind.Object or JsonValueKind.Array);
    }

    [Theory]
    [InlineData("show nowhere")]
    [InlineData("train {recipe} --set balancer=smebo")]
    [InlineData("recipee")]
    [InlineData("generate {first} --seed much")]
    [InlineData("send {first} stop")]
    public void An_error_is_one_document_too(string line)
    {
        var run = runs.Line(line + " --json");
        Assert.Equal(2, run.Exit);
        Assert.Equal($"moelab: {run.Json["error"]!.GetValue<string>()}", run.Error.TrimEnd());
    }

    [Fact]
    public void No_command_is_left_out()
    {
        var commands = Leaves(CliApp.Root(new CliContext(TextWriter.Null, TextWriter.Null, runs.Tiny.Catalog)), "").ToList();
        // A run that answers is in SendCommandTests, studies are in StudyCommandTests, jobs in LocalJobTests; a benchmark takes half a minute, and its parts are in KernelBenchTests.
        var tried = Lines.Select(l => (string)l).Append("send").Append("bench kernels").Append("bench train")
            .Concat(["submit", "jobs", "cancel", "study plan", "study run", "study show", "study report", "study noise", "study record", "study page"]);
        // These serve until they are ended and have no result.
        var results = commands.Where(c => c.Name is not ("lab" or "kernel run" or "board")).ToList();
        Assert.All(results, c => Assert.Contains(tried, l => l == c.Name || l.StartsWith(c.Name + " ", StringComparison.Ordinal)));
        Assert.All(results, c => Assert.Contains(c.Command.Options, o => o.Name == "--json"));
        Assert.All(commands, c => Assert.Contains($"`{c.Name}", Repository.Read("docs/command-line.md"), StringComparison.Ordinal));
    }

    private static IEnumerable<(string Name, Command Command)> Leaves(Command command, string path) => command.Subcommands.Count == 0
        ? [(path, command)]
        : command.Subcommands.SelectMany(c => Leaves(c, path.Length == 0 ? c.Name : $"{path} {c.Name}"));
}
