using MoELab.Runs.Reading;

namespace MoELab.Runs.Analysis;

/// <summary>What simpler compressors need for the held-out text, in bits per byte; null where the run did not log it.</summary>
/// <param name="Bigram">Entropy of a byte given the one before, over the held-out text.</param>
/// <param name="Xz">Size under xz.</param>
public sealed record RunFloors(double? Bigram, double? Xz)
{
    /// <summary>Looks for keys that name <c>bigram</c> and <c>xz</c> in the metrics, in the events' data and in the environment.</summary>
    public static RunFloors Of(RunReader run) => new(Find(run, "bigram"), Find(run, "xz"));

    private static double? Find(RunReader run, string word)
    {
        foreach (var name in run.Metrics.Names.Where(n => Names(n, word)))
            if (run.Metrics[name].Last is var value && double.IsFinite(value))
                return value;
        foreach (var data in run.Events.Reverse().Select(e => e.Data).OfType<JsonObject>())
            if (InTree(data, word) is { } value)
                return value;
        return InTree(run.Environment, word);
    }

    private static double? InTree(JsonObject tree, string word)
    {
        foreach (var (key, value) in tree)
        {
            if (value is JsonValue number && Names(key, word) && number.TryGetValue<double>(out var figure) && double.IsFinite(figure))
                return figure;
            if (value is JsonObject inner && InTree(inner, word) is { } found)
                return found;
        }
        return null;
    }

    // Per-domain figures (bigram/prose) are not the whole.
    private static bool Names(string key, string word) =>
        key.EndsWith(word, StringComparison.Ordinal) || key.EndsWith(word + "_bits_per_byte", StringComparison.Ordinal);
}
