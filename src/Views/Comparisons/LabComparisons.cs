namespace MoELab.Views.Comparisons;

/// <summary>Adds comparisons to the lab.</summary>
public static class LabComparisons
{
    extension(Lab lab)
    {
        /// <summary>Compares runs as they are now: <c>lab.Compare(a, b).Heatmap()</c>.</summary>
        /// <param name="runs">Two runs or more.</param>
        /// <exception cref="InputException">Fewer than two.</exception>
        public Comparison Compare(params IReadOnlyList<Run> runs) => new([.. runs.Select(r => r.Read())]);

        /// <summary>Compares runs by name or path.</summary>
        /// <param name="runs">Two runs or more.</param>
        /// <exception cref="InputException">No such run, or fewer than two.</exception>
        public Comparison Compare(params IReadOnlyList<string> runs) => new([.. runs.Select(r => RunReader.Open(r, lab.RunsDirectory))]);
    }
}
