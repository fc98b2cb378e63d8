namespace MoELab.Training.Steps;

/// <summary>A run that cannot go on: a loss or gradient was not finite three times in a row.</summary>
public sealed class NonFiniteException(string message) : RunException(message);
