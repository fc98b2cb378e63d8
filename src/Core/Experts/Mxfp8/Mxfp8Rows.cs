namespace MoELab.Experts.Mxfp8;

/// <summary>Rows sorted by expert, each expert's filled up to whole blocks of 32, so that a block never spans two experts.</summary>
internal sealed class Mxfp8Rows
{
    public Mxfp8Rows(IReadOnlyList<int> counts)
    {
        var (rows, groups) = (new List<long?>(), new List<(int Expert, long Start, long Count)>());
        long next = 0;
        for (var expert = 0; expert < counts.Count; expert++)
        {
            if (counts[expert] == 0)
                continue;
            var start = rows.Count;
            for (long i = 0; i < counts[expert]; i++)
                rows.Add(next++);
            while (rows.Count % Mxfp8Blocks.Size != 0)
                rows.Add(null);
            groups.Add((expert, start, rows.Count - start));
        }
        (Source, Groups, Real) = (rows, groups, next);
    }

    /// <summary>The row that each row of the filled layout holds; null for filling.</summary>
    public IReadOnlyList<long?> Source { get; }

    /// <summary>Where the rows of each expert that has some begin, and how many they are.</summary>
    public IReadOnlyList<(int Expert, long Start, long Count)> Groups { get; }

    /// <summary>How many rows are no filling.</summary>
    public long Real { get; }

    /// <summary>Indices into one more row than there are, the last of which is the filling.</summary>
    public Tensor Index(torch.Device device) => torch.tensor(Source.Select(r => r ?? Real).ToArray(), device: device);
}
