namespace MoELab.Training.Metrics;

/// <summary>A part of the model within forward and backward.</summary>
/// <param name="Name">Attention, experts, router and so on.</param>
/// <param name="Forward">Its forward as a share of the time of forward and backward.</param>
/// <param name="Backward">Its backward as such a share.</param>
/// <param name="Utilisation">The FLOPs of its matrix products over its time and the machine's product rate; null where it has none.</param>
public sealed record PartShare(string Name, double Forward, double Backward, double? Utilisation);
