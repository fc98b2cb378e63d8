namespace MoELab.Plugins.Parquet;

/// <summary>
/// Checks a footer in Thrift's compact protocol before the decoder reads it, because the decoder can loop for ever on a damaged one:
/// lengths and counts must stay within the footer, nesting within 32 levels, and fields that Parquet defines must have the right kind.
/// </summary>
internal ref struct ThriftFooter(ReadOnlySpan<byte> footer)
{
    /// <summary>Maximum nesting of structures in a footer.</summary>
    public const int MaxDepth = 32;
    private readonly ReadOnlySpan<byte> _bytes = footer;
    private int _at;

    /// <exception cref="InvalidDataException">The footer is damaged.</exception>
    public static void Check(ReadOnlySpan<byte> footer) => new ThriftFooter(footer).Struct(ParquetShape.File, 0);

    private void Struct(ParquetShape? shape, int depth)
    {
        if (depth > MaxDepth)
            throw Damaged("it is nested too deeply");
        for (var id = 0; ;)
        {
            var header = Byte();
            if (header == 0)
                return;
            var kind = Kind(header & 15);
            id = header >> 4 is > 0 and var step ? id + step : Short();
            var field = shape?.Field(id);
            if (field is { } expected && expected.Kind != kind)
                throw Damaged($"field {id} of {shape!.Name} is not a {expected.Kind}");
            Value(kind, field, depth);
        }
    }

    private void Value(ThriftKind kind, ParquetShape.FieldShape? field, int depth)
    {
        switch (kind)
        {
            case ThriftKind.Boolean:
                break;
            case ThriftKind.Byte:
                Skip(1);
                break;
            case ThriftKind.Short or ThriftKind.Integer or ThriftKind.Long:
                Varint();
                break;
            case ThriftKind.Double:
                Skip(8);
                break;
            case ThriftKind.Binary:
                Skip(Count());
                break;
            case ThriftKind.List or ThriftKind.Set:
                List(field, depth);
                break;
            case ThriftKind.Map:
                Map(depth);
                break;
            default:
                Struct(field?.Of, depth + 1);
                break;
        }
    }

    private void List(ParquetShape.FieldShape? field, int depth)
    {
        var header = Byte();
        var count = header >> 4 == 15 ? Count() : header >> 4;
        if (count == 0)
            return;
        var kind = Kind(header & 15);
        if (field is { Items: var items } && items != kind)
            throw Damaged($"a list contains {kind}, expected {items}");
        Items(kind, count, field, depth);
    }

    private void Map(int depth)
    {
        var count = Count();
        if (count == 0)
            return;
        var kinds = Byte();
        for (var i = 0; i < count; i++)
        {
            Items(Kind(kinds >> 4), 1, null, depth);
            Items(Kind(kinds & 15), 1, null, depth);
        }
    }

    // Inside a collection even a boolean takes a byte, so a count within the remaining bytes ends.
    private void Items(ThriftKind kind, int count, ParquetShape.FieldShape? field, int depth)
    {
        if (depth > MaxDepth)
            throw Damaged("it is nested too deeply");
        for (var i = 0; i < count; i++)
        {
            if (kind == ThriftKind.Boolean)
                Skip(1);
            else
                Value(kind, field is { Of: { } of } ? new(ThriftKind.Struct, of) : null, depth + 1);
        }
    }

    private static ThriftKind Kind(int type) => type switch
    {
        1 or 2 => ThriftKind.Boolean,
        >= 3 and <= 12 => (ThriftKind)type,
        _ => throw Damaged($"kind {type} does not exist"),
    };

    private int Count()
    {
        var count = Varint();
        return count <= (ulong)(_bytes.Length - _at) ? (int)count : throw Damaged($"{count:N0} items or bytes are more than it contains");
    }

    private int Short()
    {
        var value = Varint();
        return (int)(value >> 1) ^ -(int)(value & 1);
    }

    private ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 127) << shift;
            if (part < 128)
                return value;
        }
        throw Damaged("a number is too long");
    }

    private byte Byte() => _at < _bytes.Length ? _bytes[_at++] : throw Damaged("it ends too early");

    private void Skip(int count)
    {
        if (count > _bytes.Length - _at)
            throw Damaged("it ends too early");
        _at += count;
    }

    private static InvalidDataException Damaged(string why) => new($"its footer is damaged: {why}");
}
