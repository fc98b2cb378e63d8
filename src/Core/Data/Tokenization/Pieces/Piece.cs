namespace MoELab.Data.Tokenization.Pieces;

/// <summary>A part of a text before the merges.</summary>
/// <param name="Text">Well-formed UTF-16.</param>
/// <param name="AtStart">Whether it is the start of the whole text.</param>
internal readonly record struct Piece(ReadOnlyMemory<char> Text, bool AtStart);
