using System.ComponentModel.DataAnnotations;
using MoELab.Studies.Statistics;

namespace MoELab.Studies.Definition;

/// <summary>
/// A study as a value: a question, a recipe, arms that change it, seeds that all arms share, and a budget that all arms have. The first arm is
/// the one with which the others are compared.
/// </summary>
public sealed record Study
{
    /// <summary>Seeds of a study that names none.</summary>
    public const int DefaultSeeds = 3;

    /// <summary>The study's name, which names its folder and its runs.</summary>
    public string Name { get; init; } = "study";

    /// <summary>What the study asks, in words.</summary>
    public string Question { get; init; } = "";

    /// <summary>The recipe that the arms change.</summary>
    public Recipe Base { get; init; } = new();

    /// <summary>The arms before the grid; none stands for the recipe itself.</summary>
    public IReadOnlyList<Arm> Arms { get; init; } = [];

    /// <summary>Axes that multiply the arms, in order.</summary>
    public IReadOnlyList<GridAxis> Grid { get; init; } = [];

    /// <summary>Seeds that every arm is trained with; null for <see cref="DefaultSeeds"/> from the recipe's own upwards.</summary>
    public IReadOnlyList<long>? Seeds { get; init; }

    /// <summary>What each run may spend; null for the steps of the recipe.</summary>
    public StudyBudget? Budget { get; init; }

    /// <summary>The metric that decides, smaller being better, as runs log it.</summary>
    public string Metric { get; init; } = "eval/bits_per_byte";

    /// <summary>
    /// The smallest difference in <see cref="Metric"/> that matters: the margin of the equivalence test, and what the number of seeds is checked
    /// against. 0: not said, so neither is done.
    /// </summary>
    [Range(0.0, 1e9)]
    public double Difference { get; init; }

    /// <summary>
    /// The law by which a difference in <see cref="Metric"/> becomes a speedup (<see cref="EffectiveSpeedup"/>); null where none is known for this
    /// metric and data, and then no speedup is stated.
    /// </summary>
    public LossLaw? Law { get; init; }

    /// <summary>Recipe paths in which arms may differ beside those that the arms name.</summary>
    public IReadOnlyList<string> Differs { get; init; } = [];

    /// <summary>Published claims that the study puts to the test.</summary>
    public IReadOnlyList<Claim> Claims { get; init; } = [];

    /// <summary>Threads of each run. Results depend on it, so it belongs to the study and not to the machine.</summary>
    [Range(1, 1024)]
    public int Threads { get; init; } = 1;

    /// <summary>Runs that train at once; 0: as many as the machine's cores have room for.</summary>
    [Range(0, 1024)]
    public int Processes { get; init; }

    /// <summary>The seeds in force.</summary>
    public IReadOnlyList<long> EffectiveSeeds => Seeds ?? SeedsOf(Base, DefaultSeeds);

    /// <summary>The lab that it came from.</summary>
    internal Lab? Lab { get; init; }

    /// <summary>A number of seeds, from the recipe's own upwards.</summary>
    internal static IReadOnlyList<long> SeedsOf(Recipe recipe, int count) => [.. Enumerable.Range(0, count).Select(i => recipe.Training.Seed + i)];
}
