namespace MoELab.Tests.Hostile;

/// <summary>Damages a good input in the ways that files get damaged and that people attack with; the same seed gives the same inputs.</summary>
internal static class Mutator
{
    /// <summary>Inputs per reader.</summary>
    public const int Count = 2000;

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(30);

    private static readonly byte[][] Words = [.. new[]
    {
        "\"", "{", "}", "[", "]", ":", ",", "null", "true", "-1", "0", "1e999", "9223372036854775807", "18446744073709551616", "\"\"", "\\", "\\ud800", "\0", "\n", "\r", "\t", "&a ", "*a", "- ", "!!binary ",
        "\uFEFF", "🙂", "<<: ", "? ", "|", "%", "#!meta\n", "{\"a\":1,\"a\":2}", "[[[[[[[[", new string('[', 5000), new string('{', 300), "NaN", "Infinity", "/dev/zero", "..",
    }.Select(System.Text.Encoding.UTF8.GetBytes)];

    /// <summary>Hands mutated inputs to a reader: it may accept them or refuse them in one sentence, at once.</summary>
    /// <param name="good">Inputs that the reader accepts.</param>
    /// <param name="read">The reader.</param>
    /// <param name="refusals">What the reader may throw.</param>
    public static void Attack(IReadOnlyList<byte[]> good, Action<byte[]> read, params Type[] refusals)
    {
        foreach (var input in good)
            read(input);
        var (accepted, refused) = (0, 0);
        using var reader = new WatchedThread();
        for (var seed = 0; seed < Count; seed++)
        {
            var random = new Random(seed);
            var input = Mutate(good[seed % good.Count], good, random);
            var at = string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {System.Text.Encoding.UTF8.GetString(input.AsSpan(0, Math.Min(input.Length, 400)))}");
            Exception? failure = null;
            // A reader that never returns must fail here and not hold up the run of the tests.
            Assert.True(reader.Run(() => failure = Record.Exception(() => read(input)), Longest), $"no answer within {Longest.TotalSeconds} s, {at}");
            if (failure is null)
            {
                accepted++;
                continue;
            }
            refused++;
            Assert.True(failure is InputException || refusals.Contains(failure.GetType()), $"{failure.GetType().Name}: {failure}\n{at}");
            Assert.True(failure.Message.Length is > 0 and < 2000 && !failure.Message.Contains('\n', StringComparison.Ordinal), $"not one sentence: {failure.Message}\n{at}");
        }
        Assert.True(refused > Count / 20, $"{accepted} accepted, {refused} refused: the mutations hardly hurt");
    }

    private static byte[] Mutate(byte[] input, IReadOnlyList<byte[]> others, Random random)
    {
        var bytes = input.ToList();
        for (var times = 1 + random.Next(4); times > 0; times--)
        {
            var at = random.Next(bytes.Count + 1);
            var length = Math.Min(random.Next(1, 40), bytes.Count - at);
            switch (random.Next(8))
            {
                case 0 when at < bytes.Count:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1 when at < bytes.Count:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 2:
                    bytes.RemoveRange(at, length);
                    break;
                case 3:
                    bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, length));
                    break;
                case 4:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 5:
                    var other = others[random.Next(others.Count)];
                    var from = random.Next(other.Length);
                    bytes.InsertRange(at, other[from..Math.Min(other.Length, from + 200)]);
                    break;
                default:
                    bytes.InsertRange(at, Words[random.Next(Words.Length)]);
                    break;
            }
        }
        return [.. bytes];
    }
}
