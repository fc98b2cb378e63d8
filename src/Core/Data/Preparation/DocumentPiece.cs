using System.Buffers.Binary;

namespace MoELab.Data.Preparation;

/// <summary>A document for training: a source document, or a piece of a long one.</summary>
/// <param name="Text">The text.</param>
/// <param name="Bytes">UTF-8 bytes.</param>
/// <param name="Digest">SHA-256 of the text; its first bytes determine order and sample.</param>
/// <param name="Origin">First bytes of the SHA-256 of the source document.</param>
/// <param name="SplitKey">Last bytes of the source document's SHA-256; they determine the split, independently of the sample.</param>
/// <param name="Number">Index of the piece within its source document.</param>
/// <param name="Signature">The MinHash signature.</param>
internal sealed record DocumentPiece(string Text, int Bytes, byte[] Digest, UInt128 Origin, uint SplitKey, int Number, uint[] Signature)
{
    /// <summary>Sorts pieces in an order that does not depend on their source.</summary>
    public UInt128 Order => BinaryPrimitives.ReadUInt128BigEndian(Digest);
}
