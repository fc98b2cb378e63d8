using MoELab.Tests.Data.HuggingFace;

namespace MoELab.Tests.Cli;

public sealed class TokenizeCommandTests
{
    [Theory]
    [InlineData("tok-added", "a  b", new[] { 97, 258, 98 }, new[] { "a", "  ", "b" })]
    [InlineData("tok-lower", "HI", new[] { 104, 105 }, new[] { "h", "i" })]
    [InlineData("tok-nobyte", "hi", new[] { 104, 105 }, new[] { "h", "i" })]
    [InlineData("tok-prefix", "\nHi", new[] { 32, 10, 72, 105 }, new[] { "Ġ", "Ċ", "H", "i" })]
    [InlineData("tok-export", "hi", new[] { 257 }, new[] { "hi" })]
    public void A_file_gives_the_ids_and_tokens_that_the_library_gives(string name, string text, int[] ids, string[] tokens)
    {
        var json = CliRun.Of("data", "tokenize", "--tokenizer", ExportedTokenizerTests.Golden(name), text, "--json").Json;
        Assert.Equal(ids, json["ids"]!.AsArray().Select(i => i!.GetValue<int>()));
        Assert.Equal(tokens, json["tokens"]!.AsArray().Select(t => t!.GetValue<string>()));
        Assert.Equal(["ids", "tokens"], json.AsObject().Select(p => p.Key));
    }

    [Fact]
    public void Lines_are_an_id_and_its_token_and_ids_become_text_again()
    {
        Assert.Equal("72\tH\n195\tÃ\n164\t¤\n32\tĠ\n33\t!\n", CliRun.Of("data", "tokenize", "--tokenizer", "bytes", "Hä !").Output);
        Assert.Equal("Hä !\n", CliRun.Of("data", "tokenize", "--tokenizer", "bytes", "--decode", "72 195 164 32 33").Output);
        Assert.Equal("a  b", CliRun.Of("data", "tokenize", "--tokenizer", ExportedTokenizerTests.Golden("tok-added"), "--decode", "97,258,98", "--json").Json["text"]!.GetValue<string>());
        Assert.Equal("Hä !\n", CliRun.Of("data", "tokenize", "--tokenizer", "bytes", "--decode", "[72, 195,164,\n 32, 33]").Output);
    }

    [Fact]
    public void A_text_may_begin_with_an_at_sign() => Assert.Equal("64\t@\n97\ta\n", CliRun.Of("data", "tokenize", "--tokenizer", "bytes", "@a").Output);

    [Fact]
    public void A_built_in_tokenizer_and_a_file_of_text_will_do()
    {
        var file = Path.Combine(TestFolders.New(), "text.txt");
        File.WriteAllText(file, "hello world");
        var json = CliRun.Of("data", "tokenize", "--tokenizer", "o200k_base", "--file", file, "--json").Json;
        Assert.Equal([24912, 2375], json["ids"]!.AsArray().Select(i => i!.GetValue<int>()));
        Assert.Equal(["hello", "Ġworld"], json["tokens"]!.AsArray().Select(t => t!.GetValue<string>()));
    }

    [Theory]
    [InlineData("no text was given; expected TEXT or --file F", "--tokenizer", "bytes")]
    [InlineData("both given", "--tokenizer", "bytes", "a", "--file", "b")]
    [InlineData("invalid token id '257' for 'bytes'; expected whole numbers from 0 to 256", "--tokenizer", "bytes", "--decode", "1 257")]
    [InlineData("invalid token id 'x'", "--tokenizer", "bytes", "--decode", "x")]
    [InlineData("neither a tokenizer nor an existing file", "--tokenizer", "nothing", "a")]
    public void What_cannot_be_used_is_one_sentence(string part, params string[] args) =>
        Assert.Contains(part, CliRun.Of(["data", "tokenize", .. args]).Refused(), StringComparison.Ordinal);
}
