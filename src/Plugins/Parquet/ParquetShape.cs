namespace MoELab.Plugins.Parquet;

/// <summary>A structure of a Parquet footer: the kinds of its fields, which are numbered from 1 (parquet.thrift of the format, 2.11).</summary>
internal sealed class ParquetShape(string name, params ParquetShape.FieldShape[] fields)
{
    private static readonly FieldShape Boolean = new(ThriftKind.Boolean), Short = new(ThriftKind.Short), Integer = new(ThriftKind.Integer),
        Long = new(ThriftKind.Long), Binary = new(ThriftKind.Binary), Struct = new(ThriftKind.Struct);
    private static readonly FieldShape Integers = ListOf(ThriftKind.Integer), Binaries = ListOf(ThriftKind.Binary),
        Structs = ListOf(ThriftKind.Struct);

    private static readonly ParquetShape KeyValue = new("KeyValue", Binary, Binary);
    private static readonly ParquetShape Statistics = new("Statistics", Binary, Binary, Long, Long, Binary, Binary, Boolean, Boolean);
    private static readonly ParquetShape SchemaElement =
        new("SchemaElement", Integer, Integer, Integer, Binary, Integer, Integer, Integer, Integer, Integer, Struct);
    private static readonly ParquetShape ColumnMetaData = new("ColumnMetaData", Integer, Integers, Binaries, Integer, Long, Long, Long,
        ListOf(ThriftKind.Struct, KeyValue), Long, Long, Long, new(ThriftKind.Struct, Statistics), Structs, Long, Integer, Struct, Struct);
    private static readonly ParquetShape ColumnChunk =
        new("ColumnChunk", Binary, Long, new(ThriftKind.Struct, ColumnMetaData), Long, Integer, Long, Integer, Struct, Binary);
    private static readonly ParquetShape RowGroup = new("RowGroup", ListOf(ThriftKind.Struct, ColumnChunk), Long, Long, Structs, Long, Long, Short);

    /// <summary>The footer itself.</summary>
    public static ParquetShape File { get; } =
        new("FileMetaData", Integer, ListOf(ThriftKind.Struct, SchemaElement), Long, ListOf(ThriftKind.Struct, RowGroup),
            ListOf(ThriftKind.Struct, KeyValue), Binary, Structs, Struct, Binary);

    public string Name => name;

    /// <summary>The expected kind of a field; null for a field that is not in this table.</summary>
    public FieldShape? Field(int number) => number >= 1 && number <= fields.Length ? fields[number - 1] : null;

    private static FieldShape ListOf(ThriftKind items, ParquetShape? of = null) => new(ThriftKind.List, of, items);

    /// <summary>The kind of a field, the structure of the field or its items, and the kind of its items.</summary>
    internal readonly record struct FieldShape(ThriftKind Kind, ParquetShape? Of = null, ThriftKind Items = default);
}
