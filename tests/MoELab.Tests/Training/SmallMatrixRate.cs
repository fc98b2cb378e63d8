using System.Runtime.CompilerServices;
using MoELab.Training.Metrics;

namespace MoELab.Tests.Training;

/// <summary>A tiny run takes less time than one product of the size that measures the machine, so in this process a smaller one does.</summary>
internal static class SmallMatrixRate
{
    [ModuleInitializer]
    internal static void Shrink() => MatrixRate.Size = 128;
}
