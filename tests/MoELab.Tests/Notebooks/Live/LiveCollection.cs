namespace MoELab.Tests.Notebooks.Live;

/// <summary>Tests that watch trainings in time; alone, so that others do not slow them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class LiveCollection
{
    public const string Name = "live";
}
