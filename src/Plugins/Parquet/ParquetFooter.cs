using System.Buffers.Binary;
using global::Parquet.Meta;
using MoELab.Recipes;

namespace MoELab.Plugins.Parquet;

/// <summary>What a file claims about itself, checked before memory is taken for it.</summary>
internal static class ParquetFooter
{
    /// <summary>Bytes that a footer may have.</summary>
    public const int LongestFooter = 64 << 20;

    /// <summary>Rows that a row group may have.</summary>
    public const long MostRows = 10_000_000;

    /// <summary>Bytes that a column of a row group may have.</summary>
    public const long MostBytes = 2L << 30;

    private static ReadOnlySpan<byte> Magic => "PAR1"u8;

    /// <summary>Checks the marks at both ends and the footer's structure.</summary>
    /// <exception cref="RecipeException">The file is no Parquet file, or it is cut.</exception>
    public static void Check(Stream file, string path)
    {
        Span<byte> start = stackalloc byte[4];
        Span<byte> end = stackalloc byte[8];
        if (file.Length < 12)
            throw Bad(path, $"{file.Length} bytes are too few");
        file.ReadExactly(start);
        file.Seek(-8, SeekOrigin.End);
        file.ReadExactly(end);
        file.Seek(0, SeekOrigin.Begin);
        if (!start.SequenceEqual(Magic) || !end[4..].SequenceEqual(Magic))
            throw Bad(path, "it does not begin and end with PAR1");
        var length = BinaryPrimitives.ReadInt32LittleEndian(end);
        if (length is <= 0 or > LongestFooter || length > file.Length - 12)
            throw Bad(path, $"its footer claims {length:N0} of {file.Length:N0} bytes");
        var footer = new byte[length];
        file.Seek(-8 - length, SeekOrigin.End);
        file.ReadExactly(footer);
        file.Seek(0, SeekOrigin.Begin);
        ThriftFooter.Check(footer);
    }

    /// <summary>Checks that what the footer describes lies in the file and has a size that can be read.</summary>
    /// <exception cref="RecipeException">It does not.</exception>
    public static void Check(FileMetaData? footer, long bytes, string path)
    {
        if (footer?.RowGroups is null)
            throw Bad(path, "it has no footer");
        for (var g = 0; g < footer.RowGroups.Count; g++)
        {
            var group = footer.RowGroups[g];
            if (group.NumRows is < 0 or > MostRows)
                throw Bad(path, $"row group {g} claims {group.NumRows:N0} rows, where at most {MostRows:N0} are read");
            foreach (var column in group.Columns)
            {
                if (column.MetaData is not { } data)
                    continue;
                var start = Math.Min(data.DataPageOffset, data.DictionaryPageOffset is > 0 and var dictionary ? dictionary : long.MaxValue);
                if (start < 4 || data.TotalCompressedSize < 0 || start > bytes || data.TotalCompressedSize > bytes - start)
                    throw Bad(path, $"row group {g} claims bytes outside the file");
                if (data.TotalUncompressedSize is < 0 or > MostBytes)
                    throw Bad(path, $"a column of row group {g} claims {data.TotalUncompressedSize:N0} bytes, where at most {MostBytes:N0} are read");
            }
        }
    }

    private static RecipeException Bad(string path, string why) => new($"{path}: cannot be read as Parquet ({why}); expected a whole Parquet file");
}
