using MoELab.Clusters.Definition;

namespace MoELab.Clusters.Launching;

/// <summary>How the processes of a run lie on nodes.</summary>
internal static class JobNodes
{
    /// <summary>Nodes of a job, and the processes of its run on each.</summary>
    /// <exception cref="InputException">The processes do not fill the nodes, or there is no scheduler for several nodes.</exception>
    public static (int Nodes, int RanksPerNode) Of(Cluster cluster, int ranks)
    {
        if (cluster.RanksPerNode == 0 || ranks <= cluster.RanksPerNode)
            return (1, ranks);
        if (cluster.Launcher == LauncherKind.Local)
            throw new InputException(FormattableString.Invariant($"cluster '{cluster.Name}': launcher local has one node, which takes {cluster.RanksPerNode} processes ")
                + FormattableString.Invariant($"(ranks_per_node); training.ranks is {ranks}"));
        if (ranks % cluster.RanksPerNode != 0)
            throw new InputException(FormattableString.Invariant($"cluster '{cluster.Name}': training.ranks is {ranks}; expected a multiple of {cluster.RanksPerNode}, ")
                + "which a node takes (ranks_per_node)");
        return (ranks / cluster.RanksPerNode, cluster.RanksPerNode);
    }
}
