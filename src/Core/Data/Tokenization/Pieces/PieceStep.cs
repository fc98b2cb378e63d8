namespace MoELab.Data.Tokenization.Pieces;

/// <summary>One step of a pre-tokenizer: splits a piece into pieces.</summary>
internal abstract class PieceStep
{
    /// <summary>Adds the pieces of a non-empty piece; empty pieces may be added and are dropped by the caller.</summary>
    public abstract void Apply(Piece piece, List<Piece> into);
}
