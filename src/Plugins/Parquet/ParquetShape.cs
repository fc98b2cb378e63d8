namespace MoELab.Plugins.Parquet;

/// <summary>A structure of a Parquet footer: the kinds of its fields by number (parquet.thrift of the format, 2.11).</summary>
internal sealed class ParquetShape(string name, Dictionary<int, ParquetShape.FieldShape> fields)
{
    private static readonly FieldShape Integer = new(ThriftKind.Integer);
    private static readonly FieldShape Long = new(ThriftKind.Long);
    private static readonly FieldShape Binary = new(ThriftKind.Binary);
    private static readonly FieldShape Boolean = new(ThriftKind.Boolean);
    private static readonly FieldShape Struct = new(ThriftKind.Struct);
    private static readonly FieldShape Structs = new(ThriftKind.List, null, ThriftKind.Struct);

    private static readonly ParquetShape KeyValue = new("KeyValue", new() { [1] = Binary, [2] = Binary });

    private static readonly ParquetShape Statistics = new("Statistics", new()
    {
        [1] = Binary,
        [2] = Binary,
        [3] = Long,
        [4] = Long,
        [5] = Binary,
        [6] = Binary,
        [7] = Boolean,
        [8] = Boolean,
    });

    private static readonly ParquetShape SchemaElement = new("SchemaElement", new()
    {
        [1] = Integer,
        [2] = Integer,
        [3] = Integer,
        [4] = Binary,
        [5] = Integer,
        [6] = Integer,
        [7] = Integer,
        [8] = Integer,
        [9] = Integer,
        [10] = Struct,
    });

    private static readonly ParquetShape ColumnMetaData = new("ColumnMetaData", new()
    {
        [1] = Integer,
        [2] = new(ThriftKind.List, null, ThriftKind.Integer),
        [3] = new(ThriftKind.List, null, ThriftKind.Binary),
        [4] = Integer,
        [5] = Long,
        [6] = Long,
        [7] = Long,
        [8] = ListOf(KeyValue),
        [9] = Long,
        [10] = Long,
        [11] = Long,
        [12] = new(ThriftKind.Struct, Statistics),
        [13] = Structs,
        [14] = Long,
        [15] = Integer,
        [16] = Struct,
        [17] = Struct,
    });

    private static readonly ParquetShape ColumnChunk = new("ColumnChunk", new()
    {
        [1] = Binary,
        [2] = Long,
        [3] = new(ThriftKind.Struct, ColumnMetaData),
        [4] = Long,
        [5] = Integer,
        [6] = Long,
        [7] = Integer,
        [8] = Struct,
        [9] = Binary,
    });

    private static readonly ParquetShape RowGroup = new("RowGroup", new()
    {
        [1] = ListOf(ColumnChunk),
        [2] = Long,
        [3] = Long,
        [4] = Structs,
        [5] = Long,
        [6] = Long,
        [7] = new(ThriftKind.Short),
    });

    /// <summary>The footer itself.</summary>
    public static ParquetShape File { get; } = new("FileMetaData", new()
    {
        [1] = Integer,
        [2] = ListOf(SchemaElement),
        [3] = Long,
        [4] = ListOf(RowGroup),
        [5] = ListOf(KeyValue),
        [6] = Binary,
        [7] = Structs,
        [8] = Struct,
        [9] = Binary,
    });

    public string Name => name;

    /// <summary>The expected kind of a field; null for a field that is not in this table.</summary>
    public FieldShape? Field(int number) => fields.TryGetValue(number, out var field) ? field : null;

    private static FieldShape ListOf(ParquetShape shape) => new(ThriftKind.List, shape, ThriftKind.Struct);

    /// <summary>The kind of a field, the structure of the field or its items, and the kind of its items.</summary>
    internal readonly record struct FieldShape(ThriftKind Kind, ParquetShape? Of = null, ThriftKind Items = default);
}
