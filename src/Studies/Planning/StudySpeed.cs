using MoELab.Recipes.Input;
using MoELab.Runs.Folder;

namespace MoELab.Studies.Planning;

/// <summary>
/// Seconds per step of a study's arms, measured once before its first run and kept in <c>speed.json</c>: what a budget of time becomes steps by,
/// the same whenever the study goes on.
/// </summary>
internal sealed class StudySpeed
{
    private const string File = "speed.json";
    private readonly JsonObject _seconds;

    private StudySpeed(JsonObject seconds) => _seconds = seconds;

    /// <exception cref="InputException">The file is damaged.</exception>
    public static StudySpeed Read(string folder)
    {
        var path = Path.Combine(folder, File);
        return new(System.IO.File.Exists(path) ? InputJson.Read(path, "the speeds of a study").AsObject() ?? [] : []);
    }

    public double? SecondsPerStep(Recipe recipe) => _seconds[Key(recipe)] is JsonValue value && value.TryGetValue(out double seconds) ? seconds : null;

    public void Write(string folder, Recipe recipe, double seconds)
    {
        _seconds[Key(recipe)] = seconds;
        RunFolder.WriteAtomically(Path.Combine(folder, File), _seconds.ToJsonString());
    }

    // What the budget and the study decide is no part of an arm's speed.
    private static string Key(Recipe recipe) => ResolvedArm.HashOf(recipe with { Training = recipe.Training with { Steps = 1 } });
}
