namespace MoELab.Data.Preparation;

/// <summary>Source documents and pieces seen so far, for finding exact and near duplicates.</summary>
internal sealed class SeenDocuments
{
    private readonly HashSet<UInt128> _originHashes = [];
    private readonly HashSet<UInt128> _pieceHashes = [];
    private readonly NearDuplicates _origins = new();
    private readonly NearDuplicates _pieces = new();

    public bool ContainsOrigin(UInt128 hash, uint[] signature) => _originHashes.Contains(hash) || _origins.Contains(signature);

    public bool ContainsPiece(DocumentPiece piece) => _pieceHashes.Contains(piece.Order) || _pieces.Contains(piece.Signature);

    /// <summary>Adds the source document and returns true if it is new.</summary>
    public bool AddOrigin(UInt128 hash, uint[] signature) => _originHashes.Add(hash) && _origins.Add(signature);

    /// <summary>Adds the piece and returns true if it is new.</summary>
    public bool AddPiece(DocumentPiece piece) => _pieceHashes.Add(piece.Order) && _pieces.Add(piece.Signature);
}
