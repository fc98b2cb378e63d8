using MoELab.GroupHost;
using MoELab.Parallel;

namespace MoELab.Tests.Parallel;

/// <summary>The contract of process groups on those of this process; <c>MpiGroupTests</c> run the same cases on processes.</summary>
public sealed class GroupContractTests
{
    public static TheoryData<string> Names => [.. GroupCases.All.Keys];

    public static TheoryData<string, int> Cases => [.. from name in GroupCases.All.Keys from size in new[] { 1, 2, 4, 5 } select (name, size)];

    [Theory, MemberData(nameof(Cases))]
    public void Threads(string name, int size) => ThreadGroup.Run(size, group => Run(name, group), TimeSpan.FromMinutes(2));

    [Theory, MemberData(nameof(Names))]
    public void A_single_process(string name)
    {
        using var group = new SingleProcess();
        Run(name, group);
    }

    private static void Run(string name, IProcessGroup group)
    {
        using var scope = torch.NewDisposeScope();
        GroupCases.All[name](group);
    }
}
