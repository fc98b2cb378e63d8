namespace MoELab.Studies.Planning;

/// <summary>One run of a study before it is trained.</summary>
/// <param name="Arm">The arm.</param>
/// <param name="Seed">The seed.</param>
/// <param name="RunName">The name that its folder gets; with a number behind it where that is taken by another run.</param>
public sealed record StudyEntry(ResolvedArm Arm, long Seed, string RunName)
{
    /// <summary>The recipe with the seed.</summary>
    public Recipe Recipe { get; } = Arm.Recipe with { Training = Arm.Recipe.Training with { Seed = Seed } };

    /// <summary>Hash of <see cref="Recipe"/>.</summary>
    public string Hash { get; } = (Arm.Recipe with { Training = Arm.Recipe.Training with { Seed = Seed } }).Hash();
}
