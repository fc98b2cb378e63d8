using System.Buffers.Binary;
using System.Text;

namespace MoELab.Data;

/// <summary>What training reads as one document: a whole source document, or a piece of a long one.</summary>
/// <param name="Text">Its text.</param>
/// <param name="Bytes">UTF-8 bytes.</param>
/// <param name="Digest">SHA-256 of the text: order and sample follow its first bytes.</param>
/// <param name="Origin">First bytes of the SHA-256 of the source document.</param>
/// <param name="SplitKey">Last bytes of the source document's SHA-256: its place in the split, whatever chose the sample.</param>
/// <param name="Number">Place of the piece within its source document.</param>
/// <param name="Signature">Its MinHash signature.</param>
internal sealed record DocumentPiece(string Text, int Bytes, byte[] Digest, UInt128 Origin, uint SplitKey, int Number, uint[] Signature)
{
    /// <summary>Sorts pieces in an order that does not depend on their source.</summary>
    public UInt128 Order => Key(Digest);

    public static UInt128 Key(byte[] digest) => BinaryPrimitives.ReadUInt128BigEndian(digest);

    public static uint LastBytes(byte[] digest) => BinaryPrimitives.ReadUInt32BigEndian(digest.AsSpan(28));

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);
}
