namespace MoELab.Data;

/// <summary>A part of a text on its way to the merges.</summary>
/// <param name="Text">Well-formed UTF-16.</param>
/// <param name="AtStart">Whether it begins the whole text.</param>
internal readonly record struct Piece(ReadOnlyMemory<char> Text, bool AtStart);
