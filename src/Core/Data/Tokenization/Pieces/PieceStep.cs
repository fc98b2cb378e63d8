namespace MoELab.Data;

/// <summary>One step of a pre-tokenizer: a piece becomes pieces.</summary>
internal abstract class PieceStep
{
    /// <summary>Adds what becomes of a piece, which is not empty; empty pieces may be added and are dropped by the caller.</summary>
    public abstract void Apply(Piece piece, List<Piece> into);
}
