using System.Buffers.Binary;
using global::Parquet.Meta;

namespace MoELab.Plugins.Parquet;

/// <summary>Checks the claims of a file about itself before memory is allocated for it.</summary>
internal static class ParquetFooter
{
    /// <summary>Maximum size of a footer in bytes.</summary>
    public const int MaxFooterBytes = 64 << 20;

    /// <summary>Maximum number of rows in a row group.</summary>
    public const long MaxRows = 10_000_000;

    /// <summary>Maximum size of a column of a row group in bytes.</summary>
    public const long MaxColumnBytes = 2L << 30;

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>Checks the markers at both ends and the structure of the footer.</summary>
    /// <exception cref="InputException">The file is not a Parquet file, or it is truncated.</exception>
    public static void Check(Stream file, string path)
    {
        Span<byte> start = stackalloc byte[4];
        Span<byte> end = stackalloc byte[8];
        if (file.Length < 12)
            throw Bad(path, $"{file.Length} bytes are too short");
        file.ReadExactly(start);
        file.Seek(-8, SeekOrigin.End);
        file.ReadExactly(end);
        file.Seek(0, SeekOrigin.Begin);
        if (!start.SequenceEqual(Magic) || !end[4..].SequenceEqual(Magic))
            throw Bad(path, "it does not begin and end with PAR1");
        var length = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (length is <= 0 or > MaxFooterBytes || length > file.Length - 12)
            throw Bad(path, $"its footer claims {length:N0} of {file.Length:N0} bytes");
        var footer = new byte[length];
        file.Seek(-8 - length, SeekOrigin.End);
        file.ReadExactly(footer);
        file.Seek(0, SeekOrigin.Begin);
        ThriftFooter.Check(footer);
    }

    /// <summary>Checks that everything in the footer lies within the file and within the size limits.</summary>
    /// <exception cref="InputException">Something lies outside the file or exceeds a limit.</exception>
    public static void Check(FileMetaData? footer, long bytes, string path)
    {
        if (footer?.RowGroups is null)
            throw Bad(path, "it has no footer");
        for (var g = 0; g < footer.RowGroups.Count; g++)
        {
            var group = footer.RowGroups[g];
            if (group.NumRows is < 0 or > MaxRows)
                throw Bad(path, $"row group {g} claims {group.NumRows:N0} rows, but at most {MaxRows:N0} are allowed");
            foreach (var column in group.Columns)
            {
                if (column.MetaData is not { } data)
                    continue;
                var start = Math.Min(data.DataPageOffset, data.DictionaryPageOffset is > 0 and var dictionary ? dictionary : long.MaxValue);
                if (start < 4 || data.TotalCompressedSize < 0 || start > bytes || data.TotalCompressedSize > bytes - start)
                    throw Bad(path, $"row group {g} claims bytes outside the file");
                if (data.TotalUncompressedSize is < 0 or > MaxColumnBytes)
                    throw Bad(path, $"a column of row group {g} claims {data.TotalUncompressedSize:N0} bytes, "
                        + $"but at most {MaxColumnBytes:N0} are allowed");
            }
        }
    }

    private static InputException Bad(string path, string why) => new($"{path}: cannot be read as Parquet ({why}); "
        + "expected a complete Parquet file");
}
