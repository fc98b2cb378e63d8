using System.Runtime.CompilerServices;

namespace MoELab.Studies.Running;

/// <summary>Tells whoever shows a lab's runs that several begin at once, instead of <see cref="Lab.Opened"/> for each.</summary>
internal sealed class RunGroups
{
    private static readonly ConditionalWeakTable<Lab, RunGroups> All = new();

    /// <summary>Raised when a study, a race or a sweep begins, once for all its runs.</summary>
    public event Action<RunGroup>? Began;

    public static RunGroups Of(Lab lab) => All.GetValue(lab, static _ => new RunGroups());

    public void Begin(RunGroup group) => Began?.Invoke(group);
}
