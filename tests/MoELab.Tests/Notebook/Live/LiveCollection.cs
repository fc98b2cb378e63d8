namespace MoELab.Tests.Notebook.Live;

/// <summary>Tests that watch trainings in time, one after the other, so that they do not slow each other.</summary>
[CollectionDefinition(Name)]
public static class LiveCollection
{
    public const string Name = "live";
}
