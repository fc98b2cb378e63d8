namespace MoELab.Data;

/// <summary>Puts a space before each piece that does not begin with one (<c>add_prefix_space</c>); other white space is no space.</summary>
internal sealed class PrefixSpace : PieceStep
{
    public override void Apply(Piece piece, List<Piece> into) =>
        into.Add(piece.Text.Span[0] == ' ' ? piece : piece with { Text = $" {piece.Text.Span}".AsMemory() });
}
