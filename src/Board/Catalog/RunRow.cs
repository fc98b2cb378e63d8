namespace MoELab.Board.Catalog;

/// <summary>One run in the list: what its small files and the end of its log say.</summary>
internal sealed record RunRow
{
    public required string Name { get; init; }

    /// <summary>Rises with each change of any run; a page asks for what is newer than it has.</summary>
    public long Version { get; init; }

    /// <summary>A status in lower case, or paused.</summary>
    public required string State { get; init; }

    public string Recipe { get; init; } = "";

    public int Step { get; init; }

    public int? Steps { get; init; }

    /// <summary>Training loss of the last step.</summary>
    public double? Loss { get; init; }

    /// <summary>Held-out bits per byte of the last evaluation.</summary>
    public double? Bits { get; init; }

    /// <summary>MaxVio, mean over layers, of the last step that logged it.</summary>
    public double? MaxVio { get; init; }

    /// <summary>Tokens per second of the last step.</summary>
    public double? Speed { get; init; }

    public IReadOnlyList<string> Tags { get; init; } = [];

    public string Notes { get; init; } = "";

    public bool Archived { get; init; }

    /// <summary>When a log was last written, in milliseconds since 1970.</summary>
    public long Changed { get; init; }

    /// <summary>What runs that differ only in the seed have in common.</summary>
    public string Experiment { get; init; } = "";

    /// <summary>Every value of the recipe by its path.</summary>
    public IReadOnlyDictionary<string, string> Values { get; init; } = new Dictionary<string, string>();

    /// <summary>What cannot be read of it; null where nothing is wrong.</summary>
    public string? Problem { get; init; }
}
