using MoELab.Board;
using MoELab.Board.Api;
using MoELab.Board.Figures;
using MoELab.Board.Hosting;
using MoELab.Data.Preparation;
using MoELab.Data.Sources;
using MoELab.Data.Tokenization.HuggingFace;
using MoELab.Data.Tokenization.Pieces;
using MoELab.Documents;
using MoELab.Interop.Files;
using MoELab.Jupyter;
using MoELab.Plugins.Parquet;
using MoELab.Recipes.Input;
using MoELab.Runs.Control;
using MoELab.Runs.Folder;
using MoELab.Runs.Log;
using MoELab.Runs.Reading;

namespace MoELab.Tests.Docs;

public sealed class LimitPageTests
{
    // Each row of the page, with the figures of the program in the places of its own.
    public static TheoryData<string> Rows =>
    [
        $"recipes: YAML files and cells | {MiB(BoundedYaml.MostBytes)} per file | {BoundedYaml.MostDepth} | no anchors, no aliases; {RecipeYaml.MostStarts} recipes that start from one another",
        $"`environment.json`, `state.json` of a checkpoint | {MiB(InputJson.MostBytes)} | {InputJson.MostDepth} |",
        $"`metrics.jsonl`, `events.jsonl` | {MiB(ByteLines.MostBytes)} per row, any number of rows | {new System.Text.Json.JsonDocumentOptions().MaxDepth switch { 0 => 64, var depth => depth }} |",
        $"`inbox.jsonl` | {MiB(ByteLines.MostBytes)} per row, {MiB(Inbox.MostBytes)} in all | {InputJson.MostDepth} |",
        $"`routing.bin` | {N(RoutingHead.MostCells)} counts per record, any number of records | | |",
        $"`sample.txt` | {MiB(RunReader.MostSample)} is shown | | |",
        $"`notes.json` | {MiB(RunNotes.MostBytes)}; {N(RunNotes.MostText)} characters of notes, {RunNotes.MostTags} tags of {RunNotes.MostTag} characters | {InputJson.MostDepth} | |",
        $"requests to the board | {MiB(RequestBody.MostBytes)}; {FigureQuery.MostRuns} runs in one picture | {InputJson.MostDepth} | SQL: {N(QueryEndpoints.MostRows)} rows come back, {new BoardOptions("runs").QueryTime.TotalSeconds} seconds |",
        $"`config.json`, `model.safetensors.index.json`, `pytorch_model.bin.index.json` | {MiB(InputJson.MostBytes)} | {InputJson.MostDepth} | |",
        $"safetensors | header of {N(SafeTensors.LargestHeader)} bytes, any size of data | {InputJson.MostDepth} |",
        $"PyTorch state dicts | description of the tensors of {MiB(StateDict.MaxPickleBytes)}, any size of data | |",
        $"`tokenizer.json`, `tokenizer_config.json` | {MiB(TokenizerFile.MaxBytes)} | {TokenizerFile.MaxDepth} | ids below {N(TokenizerFile.MaxIds)}, at most {N(BpeModelReader.MaxGaps)} of them without a token; patterns of {N(OnigurumaPattern.MaxLength)} characters, {N((long)PatternSplit.TimeLimit.TotalSeconds)} seconds for one on one text |",
        $"plain text | {GiB(Utf8Text.MaxBytes)} per file | | |",
        $"JSONL | {MiB(Utf8Lines.MaxLineBytes)} per line, any number of lines | {N(JsonLinesReader.MaxDepth)} | |",
        $"`.gz`, `.zst` | {DecompressedStream.MaxRatio} times the compressed file ({MiB(DecompressedStream.AlwaysAllowedBytes)} are always free) and {GiB(DecompressedStream.MaxBytes)} | | |",
        $"Parquet | footer of {MiB(ParquetFooter.MaxFooterBytes)}; {N(ParquetFooter.MaxRows)} rows per row group, {GiB(ParquetFooter.MaxColumnBytes)} per column of it | {ThriftFooter.MaxDepth} | {TimeLimit.Seconds} seconds and {TimeLimit.SecondsPerMegabyte.ToString(CultureInfo.InvariantCulture)} more per megabyte",
        $"description of a prepared corpus | {MiB(CorpusCache.MaxDescriptionBytes)} | {InputJson.MostDepth} |",
        $"notebooks: `.ipynb`, `.dib` | {MiB(NotebookDocument.MaxBytes)} | {IpynbFormat.MaxJsonDepth} ({InputJson.MostDepth} in the metadata of a `.dib`) | |",
        $"messages to the kernel | | {WireFormat.MaxDepth} |",
        $"the kernel's connection file, `--loads`, `--tokens` | {MiB(InputJson.MostBytes)} | {InputJson.MostDepth} | |",
    ];

    [Theory]
    [MemberData(nameof(Rows))]
    public void The_page_has_the_programs_figures(string row) => Assert.Contains($"| {row}", Repository.Read("docs/limits.md"), StringComparison.Ordinal);

    [Fact]
    public void The_page_has_no_other_row() => Assert.Equal(Rows.Count, Repository.Read("docs/limits.md").Split('\n').Count(l => l.StartsWith("| ", StringComparison.Ordinal)) - 2);

    private static string MiB(long bytes) => $"{N(bytes >> 20)} MiB";

    private static string GiB(long bytes) => $"{N(bytes >> 30)} GiB";

    private static string N(long number) => number.ToString("N0", CultureInfo.InvariantCulture);
}
