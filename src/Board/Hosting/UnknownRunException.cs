namespace MoELab.Board.Hosting;

/// <summary>A run that the folder does not have, or no longer.</summary>
internal sealed class UnknownRunException(string message) : InputException(message);
