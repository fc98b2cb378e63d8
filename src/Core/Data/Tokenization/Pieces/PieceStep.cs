namespace MoELab.Data.Tokenization.Pieces;

/// <summary>
/// One step of a pre-tokenizer: adds the pieces of a non-empty piece to a list; empty pieces may be added and are dropped by the caller.
/// </summary>
internal delegate void PieceStep(Piece piece, List<Piece> into);
