namespace MoELab.Cuda;

/// <summary>How many blocks and threads run a kernel.</summary>
/// <param name="Grid">Blocks.</param>
/// <param name="Block">Threads of a block.</param>
/// <param name="SharedBytes">Dynamic shared memory of a block.</param>
internal readonly record struct LaunchShape((int X, int Y, int Z) Grid, (int X, int Y, int Z) Block, int SharedBytes = 0)
{
    internal LaunchShape(int grid, int block, int sharedBytes = 0) : this((grid, 1, 1), (block, 1, 1), sharedBytes)
    {
    }

    /// <summary>A driver refuses a grid without blocks; there is nothing to do.</summary>
    internal bool IsEmpty => Grid.X == 0 || Grid.Y == 0 || Grid.Z == 0;
}
