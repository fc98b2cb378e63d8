namespace MoELab.Interop.Files;

/// <summary>What a file says of one tensor.</summary>
/// <param name="Type">Element type.</param>
/// <param name="Shape">Shape.</param>
public sealed record WeightInfo(torch.ScalarType Type, IReadOnlyList<long> Shape);
