namespace MoELab.Data;

/// <summary>What every worker of a stream shares.</summary>
internal sealed record StreamSettings(Mixture Mixture, TokenFile[] Files, IReadOnlyList<string> Domains, int SequenceLength, long Seed,
    int Workers, int Buffer);
