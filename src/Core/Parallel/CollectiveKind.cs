namespace MoELab.Parallel;

/// <summary>What ranks do together.</summary>
public enum CollectiveKind
{
    /// <summary><see cref="IProcessGroup.AllReduce"/>.</summary>
    AllReduce,

    /// <summary><see cref="IProcessGroup.AllGather"/>.</summary>
    AllGather,

    /// <summary><see cref="IProcessGroup.ReduceScatter"/>.</summary>
    ReduceScatter,

    /// <summary><see cref="IProcessGroup.AllToAll"/>.</summary>
    AllToAll,

    /// <summary><see cref="IProcessGroup.Broadcast"/>.</summary>
    Broadcast,

    /// <summary><see cref="IProcessGroup.Barrier"/>.</summary>
    Barrier,

    /// <summary><see cref="IProcessGroup.Split"/>.</summary>
    Split,
}
