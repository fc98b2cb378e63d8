using MoELab.Data.Preparation;
using MoELab.Data.Sources;
using MoELab.Randomness;

namespace MoELab.Data.Needles;

/// <summary>
/// Texts of a multi-key needle search (MK-NIAH of RULER, arXiv 2404.06654) at any length: held-out text with keys and their values at random places, at
/// whose end one key is asked for, worded like the corpus' own recall. Text i depends on i and the corpus alone.
/// </summary>
/// <param name="corpus">Where the text around comes from.</param>
/// <param name="keys">Keys in a text.</param>
/// <param name="length">Tokens of a sequence.</param>
internal sealed class Haystack(PreparedCorpus corpus, int keys, int length)
{
    /// <summary>Texts of one search.</summary>
    public const int Texts = 64;

    private readonly ITokenizer _tokenizer = corpus.Tokenizer;

    // The corpus' own recall would give the same keys other values.
    private readonly int[] _domains = [.. Enumerable.Range(0, corpus.Domains.Count).Where(d => corpus.Domains.Count == 1
        || corpus.Domains[d].Name != GeneratedSource.DomainName)];

    /// <summary>Builds every text of a search.</summary>
    /// <param name="present">As in <see cref="Text"/>.</param>
    /// <exception cref="InputException">Keys and question are longer than half of a sequence.</exception>
    public IEnumerable<NeedleContext> All(bool present) => Enumerable.Range(0, Texts).Select(i => Text(i, present));

    /// <summary>Tries whether a recipe's search, if it has one, fits its sequences.</summary>
    /// <exception cref="InputException">Keys and question are longer than half of a sequence.</exception>
    public static void Check(PreparedCorpus corpus, TrainingRecipe training)
    {
        if (training.NeedleKeys > 0)
            _ = new Haystack(corpus, training.NeedleKeys, training.SequenceLength).All(present: true).Sum(t => t.Answer);
    }

    /// <summary>Builds text <paramref name="index"/>.</summary>
    /// <param name="index">Which; consecutive ones take their text from one domain after the other.</param>
    /// <param name="present">Whether the text holds what is asked for; if not, another key and value are in their place.</param>
    /// <exception cref="InputException">Keys and question are longer than half of a sequence.</exception>
    public NeedleContext Text(int index, bool present)
    {
        var random = new Philox(0, "needle", "", index);
        var names = GeneratedSource.Keys.ToArray();
        random.Shuffle(names.AsSpan());
        var values = names.Select(_ => 100 + random.NextInt(900)).ToArray();
        var asked = random.NextInt(keys);
        var (name, value) = (names[asked], values[asked]);
        if (!present)
            (names[asked], values[asked]) = (names[^1], values[^1]);

        var question = _tokenizer.Encode($"\nWhat is {name}?");
        var answer = _tokenizer.Encode($" {value}");
        var needles = Enumerable.Range(0, keys).Select(k => _tokenizer.Encode($" {names[k]} is {values[k]}.")).ToArray();
        // The first token is the separator that begins a document; the last of the answer is no input.
        var around = length - question.Length - answer.Length - needles.Sum(n => n.Length);
        if (around < length / 2)
            throw new InputException($"training.needle_keys: {keys} keys and the question take {length - around} tokens; "
                + $"expected at most half of a sequence of {length} tokens");
        var domain = _domains[index % _domains.Length];
        var text = Around(domain, around, random);
        var places = Enumerable.Range(0, keys).Select(_ => random.NextInt(around + 1)).Order().ToArray();
        var tokens = new List<int>(length + 1) { _tokenizer.Separator };
        for (int k = 0, from = 0; k <= keys; k++)
        {
            var to = k < keys ? places[k] : around;
            tokens.AddRange(text.AsSpan(from, to - from));
            if (k < keys)
                tokens.AddRange(needles[k]);
            from = to;
        }
        return new NeedleContext(domain, [.. tokens, .. question, .. answer], answer.Length);
    }

    // Held-out text from a random place on, from the beginning again where it ends, as one document.
    private int[] Around(int domain, int count, Philox random)
    {
        var file = corpus.HeldOut(domain);
        var text = new int[count];
        var piece = new int[Math.Min(file.Tokens, 4096)];
        var place = random.NextInt((int)Math.Min(int.MaxValue, file.Tokens));
        for (var found = 0; found < count;)
        {
            var next = piece.AsSpan(0, (int)Math.Min(piece.Length, file.Tokens - place));
            file.Read(place, next);
            foreach (var token in next)
            {
                if (token != _tokenizer.Separator && found < count)
                    text[found++] = token;
            }
            place = place + next.Length < file.Tokens ? place + next.Length : 0;
        }
        return text;
    }
}
