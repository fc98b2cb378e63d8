namespace MoELab.Data.Packing;

/// <summary>Settings shared by all workers of a stream.</summary>
internal sealed record StreamSettings(
    Mixture Mixture, TokenFile[] Files, IReadOnlyList<string> Domains, int SequenceLength, long Seed, int Workers, int Buffer);
