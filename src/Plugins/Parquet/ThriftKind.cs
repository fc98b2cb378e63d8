namespace MoELab.Plugins.Parquet;

/// <summary>Kinds of values of Thrift's compact protocol, by their numbers; true and false are one kind.</summary>
internal enum ThriftKind
{
    Boolean = 1,
    Byte = 3,
    Short = 4,
    Integer = 5,
    Long = 6,
    Double = 7,
    Binary = 8,
    List = 9,
    Set = 10,
    Map = 11,
    Struct = 12,
}
