namespace MoELab.Runs.Log;

/// <summary>The words under which a run's files name the members of an enum, for those who write and those who read.</summary>
internal static class LogWords<T>
    where T : struct, Enum
{
    private static readonly Dictionary<T, string> Words = Enum.GetValues<T>().ToDictionary(m => m, m => OptionsBinder.Word(typeof(T), m.ToString()));
    private static readonly Dictionary<string, T> Members = Words.ToDictionary(w => w.Value, w => w.Key, StringComparer.Ordinal);

    public static string Of(T member) => Words[member];

    /// <summary>The member of a word; null where it names none.</summary>
    public static T? Find(string word) => Members.TryGetValue(word, out var member) ? member : null;
}
