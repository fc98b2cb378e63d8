namespace MoELab.Plugins;

/// <summary>Something that could not be added to a catalog. It has no effect until a recipe names one of its plugins.</summary>
/// <param name="Source">The assembly or folder.</param>
/// <param name="Sentence">What is wrong and what was expected, in one sentence that names the source.</param>
/// <param name="Plugins">The names of the plugins that are missing because of it, as far as they are known.</param>
public sealed record PluginProblem(string Source, string Sentence, IReadOnlyList<string> Plugins);
