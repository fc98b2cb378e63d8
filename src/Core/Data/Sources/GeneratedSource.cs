using MoELab.Randomness;

namespace MoELab.Data.Sources;

/// <summary>
/// Text with rules that a model can learn exactly: sums, brackets that close in order, and values recalled by key. Document i depends
/// on i alone.
/// </summary>
internal sealed class GeneratedSource(long bytes) : CorpusSource(DomainName, "MoELab generator 1", "Apache-2.0")
{
    /// <summary>The domain.</summary>
    internal const string DomainName = "generated";

    private const long DefaultBytes = 4_000_000;

    /// <summary>What values are recalled by.</summary>
    internal static IReadOnlyList<string> Keys { get; } = ["red", "blue", "green", "amber", "violet", "white", "black", "teal", "pink", "grey", "olive", "coral"];

    public override string Identity => "generated/1";

    public override IEnumerable<SourceDocument> Read()
    {
        var left = bytes <= 0 ? DefaultBytes : bytes;
        for (var i = 0; left > 0; i++)
        {
            var random = new Philox(0, "corpus-generated", "", i);
            var document = (i % 3) switch
            {
                0 => Sums(random),
                1 => Brackets(random),
                _ => Recall(random),
            };
            left -= document.Length;
            yield return new SourceDocument([document]);
        }
    }

    private static string Sums(Philox random)
    {
        var text = new StringBuilder("Sums.\n");
        var bound = (int)Math.Pow(10, 1 + random.NextInt(3));
        for (var line = 20 + random.NextInt(60); line > 0; line--)
        {
            int a = random.NextInt(bound), b = random.NextInt(bound);
            text.Append(random.NextInt(2) == 0 ? $"{a} + {b} = {a + b}\n" : $"{a + b} - {b} = {a}\n");
        }
        return text.ToString();
    }

    private static string Brackets(Philox random)
    {
        const string Opening = "([{<", Closing = ")]}>";
        var text = new StringBuilder("Brackets.\n");
        for (var line = 10 + random.NextInt(40); line > 0; line--)
        {
            var open = new Stack<int>();
            for (var length = 6 + random.NextInt(40); length > 0 || open.Count > 0; length--)
            {
                if (length > 0 && open.Count < 12 && (open.Count == 0 || random.NextInt(2) == 0))
                {
                    open.Push(random.NextInt(Opening.Length));
                    text.Append(Opening[open.Peek()]);
                }
                else
                {
                    text.Append(Closing[open.Pop()]);
                }
            }
            text.Append('\n');
        }
        return text.ToString();
    }

    private static string Recall(Philox random)
    {
        var text = new StringBuilder("Recall.\n");
        for (var round = 4 + random.NextInt(8); round > 0; round--)
        {
            var keys = Keys.ToArray();
            random.Shuffle(keys.AsSpan());
            var pairs = keys.Take(3 + random.NextInt(8)).Select(k => (Key: k, Value: random.NextInt(1000))).ToArray();
            foreach (var (key, value) in pairs)
                text.Append($"{key} is {value}. ");
            random.Shuffle(pairs.AsSpan());
            foreach (var (key, value) in pairs)
                text.Append($"\nWhat is {key}? {value}.");
            text.Append('\n');
        }
        return text.ToString();
    }
}
