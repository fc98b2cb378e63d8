namespace MoELab.Kernels.Cuda.Host.Driver;

/// <summary>The blocks, threads and shared memory of a launch.</summary>
internal readonly record struct LaunchShape((int X, int Y, int Z) Grid, (int X, int Y, int Z) Block, int SharedBytes = 0)
{
    internal LaunchShape(int grid, int block, int sharedBytes = 0) : this((grid, 1, 1), (block, 1, 1), sharedBytes)
    {
    }

    /// <summary>Whether the grid has no blocks: drivers reject such a launch, and there is nothing to do.</summary>
    internal bool IsEmpty => Grid.X == 0 || Grid.Y == 0 || Grid.Z == 0;
}
