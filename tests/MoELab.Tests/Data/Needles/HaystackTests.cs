using System.Text.RegularExpressions;
using MoELab.Data.Needles;
using MoELab.Data.Preparation;
using MoELab.Tests.Training;

namespace MoELab.Tests.Data.Needles;

public sealed class HaystackTests : IDisposable
{
    private const string Needle = @" (red|blue|green|amber|violet|white|black|teal|pink|grey|olive|coral) is ([1-9]\d\d)\.";
    private readonly TinyRuns _tiny = new();
    private readonly Dictionary<string, PreparedCorpus> _corpora = [];

    public void Dispose()
    {
        foreach (var corpus in _corpora.Values)
            corpus.Dispose();
        _tiny.Dispose();
    }

    [Theory, InlineData("bytes", 1, 256), InlineData("bytes", 4, 256), InlineData("bpe-300", 4, 160), InlineData("bpe-300", 11, 1024)]
    public void A_text_holds_each_key_with_its_value_once_and_ends_in_the_answer(string tokenizer, int keys, int length)
    {
        var corpus = Corpus(tokenizer);
        foreach (var (text, index) in new Haystack(corpus, keys, length).All(present: true).Select((t, i) => (t, i)))
        {
            Assert.Equal(length + 1, text.Tokens.Length);
            Assert.Equal(index % 2, text.Domain);
            Assert.Equal([0], Enumerable.Range(0, length + 1).Where(i => text.Tokens[i] == corpus.Tokenizer.Separator));
            var words = corpus.Tokenizer.Decode(text.Tokens);
            var pairs = Regex.Matches(words, Needle).ToDictionary(m => m.Groups[1].Value, m => m.Groups[2].Value);
            Assert.Equal(keys, pairs.Count);
            var end = Regex.Match(words, @"\nWhat is ([a-z]+)\? (\d{3})$");
            Assert.Equal(pairs[end.Groups[1].Value], end.Groups[2].Value);
            Assert.Equal(" " + end.Groups[2].Value, corpus.Tokenizer.Decode(text.Tokens.AsSpan(length + 1 - text.Answer)));
        }
    }

    [Fact]
    public void Without_the_needle_another_key_is_in_its_place_and_the_question_stays()
    {
        var corpus = Corpus("bytes");
        var haystack = new Haystack(corpus, 3, 256);
        for (var i = 0; i < Haystack.Texts; i++)
        {
            var (held, without) = (corpus.Tokenizer.Decode(haystack.Text(i, true).Tokens), corpus.Tokenizer.Decode(haystack.Text(i, false).Tokens));
            var end = held[held.LastIndexOf('\n')..];
            Assert.EndsWith(end, without, StringComparison.Ordinal);
            var needle = Regex.Match(end, @"is ([a-z]+)\? (\d+)") is var m ? $" {m.Groups[1]} is {m.Groups[2]}." : "";
            Assert.Contains(needle, held, StringComparison.Ordinal);
            Assert.DoesNotContain($" {m.Groups[1]} is ", without[..without.LastIndexOf('\n')], StringComparison.Ordinal);
            Assert.Equal(3, Regex.Count(without, Needle));
        }
    }

    // Its held-out text holds the same keys with other values.
    [Fact]
    public void The_text_around_is_of_no_domain_that_recalls_by_the_same_keys()
    {
        var data = _tiny.Recipe.Data with { Corpus = "default", MaxBytesPerDomain = 200_000 };
        using var corpus = PreparedCorpus.Prepare(data, _tiny.Catalog);
        var generated = corpus.Domains.Select(d => d.Name).ToList().IndexOf("generated");
        Assert.InRange(generated, 0, 5);
        Assert.Equal(Enumerable.Range(0, corpus.Domains.Count).Except([generated]), new Haystack(corpus, 4, 512).All(true).Select(t => t.Domain).Distinct().Order());
    }

    [Fact]
    public void Texts_depend_on_their_number_alone()
    {
        var corpus = Corpus("bytes");
        var again = new Haystack(corpus, 2, 192).All(true).Reverse().Select(t => t.Tokens).Reverse().ToArray();
        Assert.Equal(again, new Haystack(corpus, 2, 192).All(true).Select(t => t.Tokens));
        Assert.Equal(Haystack.Texts, again.Select(t => corpus.Tokenizer.Decode(t)).Distinct().Count());
    }

    [Fact]
    public void Keys_that_leave_less_than_half_of_a_sequence_are_refused_before_a_run_begins()
    {
        var message = Assert.Throws<InputException>(() => _tiny.Train(_tiny.Recipe.With("training.needle_keys", 2))).Message;
        Assert.Matches(@"^training\.needle_keys: 2 keys and the question take \d+ tokens; expected at most half of a sequence of 32 tokens$", message);
    }

    private PreparedCorpus Corpus(string tokenizer) => _corpora.TryGetValue(tokenizer, out var known) ? known
        : _corpora[tokenizer] = PreparedCorpus.Prepare(_tiny.Recipe.Data with { Tokenizer = tokenizer }, _tiny.Catalog);
}
