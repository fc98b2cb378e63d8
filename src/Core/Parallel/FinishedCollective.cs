namespace MoELab.Parallel;

/// <summary>A call that was done when it began.</summary>
internal sealed class FinishedCollective : ICollective
{
    public static FinishedCollective Instance { get; } = new();

    public void Wait() { }
}
