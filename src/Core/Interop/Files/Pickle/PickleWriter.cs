using System.Buffers.Binary;

namespace MoELab.Interop.Files.Pickle;

/// <summary>Writes values as <see cref="PickleReader"/> reads them, in protocol 2, the one that <c>torch.save</c> writes.</summary>
internal readonly struct PickleWriter
{
    private readonly MemoryStream _bytes;

    private PickleWriter(MemoryStream bytes) => _bytes = bytes;

    /// <summary>The pickle of one value.</summary>
    public static byte[] Write(object? value)
    {
        using var bytes = new MemoryStream();
        var writer = new PickleWriter(bytes);
        writer.Op(PickleOp.Protocol);
        bytes.WriteByte(2);
        writer.Value(value);
        writer.Op(PickleOp.Stop);
        return bytes.ToArray();
    }

    private void Value(object? value)
    {
        switch (value)
        {
            case bool truth:
                Op(truth ? PickleOp.True : PickleOp.False);
                break;
            case long number:
                Number(number);
                break;
            case string text:
                Op(PickleOp.BinUnicode);
                var utf8 = Encoding.UTF8.GetBytes(text);
                Int(utf8.Length);
                _bytes.Write(utf8);
                break;
            case object?[] tuple:
                Op(PickleOp.Mark);
                foreach (var item in tuple)
                    Value(item);
                Op(PickleOp.Tuple);
                break;
            case PickleGlobal global:
                Op(PickleOp.Global);
                _bytes.Write(Encoding.UTF8.GetBytes($"{global.Module}\n{global.Name}\n"));
                break;
            case PickleCall call:
                Value(call.Function);
                Value(call.Arguments);
                Op(PickleOp.Reduce);
                break;
            case PicklePersistent persistent:
                Value(persistent.Id);
                Op(PickleOp.BinPersistentId);
                break;
            case PickleDictionary dictionary:
                Dictionary(dictionary);
                break;
            default:
                throw new ArgumentException($"a pickle of {value?.GetType().Name ?? "null"} is not supported", nameof(value));
        }
    }

    // In parts, as Python writes them, so that no reader's stack grows with the file.
    private void Dictionary(PickleDictionary dictionary)
    {
        Op(PickleOp.EmptyDictionary);
        foreach (var part in dictionary.Entries.Chunk(1000))
        {
            Op(PickleOp.Mark);
            foreach (var (key, item) in part)
            {
                Value(key);
                Value(item);
            }
            Op(PickleOp.SetItems);
        }
    }

    private void Number(long number)
    {
        if (number is >= int.MinValue and <= int.MaxValue)
        {
            Op(PickleOp.BinInt);
            Int((int)number);
            return;
        }
        Op(PickleOp.Long1);
        _bytes.WriteByte(8);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        _bytes.Write(bytes);
    }

    private void Int(int number)
    {
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, number);
        _bytes.Write(bytes);
    }

    private void Op(PickleOp op) => _bytes.WriteByte((byte)op);
}
