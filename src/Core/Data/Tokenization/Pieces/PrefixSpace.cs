namespace MoELab.Data.Tokenization.Pieces;

/// <summary>
/// Adds a space before each piece that does not begin with one (<c>add_prefix_space</c>); other white space does not count as a space.
/// </summary>
internal sealed class PrefixSpace : PieceStep
{
    public override void Apply(Piece piece, List<Piece> into) =>
        into.Add(piece.Text.Span[0] == ' ' ? piece : piece with { Text = $" {piece.Text.Span}".AsMemory() });
}
