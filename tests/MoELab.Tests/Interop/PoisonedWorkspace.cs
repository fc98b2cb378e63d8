using System.Runtime.CompilerServices;
using MoELab.Interop.Products;

namespace MoELab.Tests.Interop;

/// <summary>What an earlier call left in the threads' working memory must reach no result: in every test it is NaN, which shows wherever it does.</summary>
internal static class PoisonedWorkspace
{
    [ModuleInitializer]
    internal static void Poison() => Workspace.Poisoned = true;
}
