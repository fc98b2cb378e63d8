using System.Runtime.Intrinsics;

namespace MoELab.Interop.Products;

/// <summary>
/// A panel is a strip of a matrix, <see cref="Width"/> columns wide, row after row without gaps; a matrix in panels is its strips one
/// after the other. Every operand and result inside the packed expert kernel is laid out so, whichever way a product walks through it.
/// </summary>
internal static class PanelSize
{
    /// <summary>Two vectors of the processor.</summary>
    internal static int Width => Vector512.IsHardwareAccelerated ? 32 : Vector256.IsHardwareAccelerated ? 16 : 8;

    /// <summary>Rows of a register tile; divides <see cref="Width"/>.</summary>
    internal static int TileRows => Vector512.IsHardwareAccelerated || !Vector256.IsHardwareAccelerated ? 8 : 4;

    /// <summary>Columns up to whole panels.</summary>
    internal static int PadColumns(int columns) => (columns + Width - 1) / Width * Width;

    /// <summary>Rows up to whole register tiles.</summary>
    internal static int PadRows(int rows) => (rows + TileRows - 1) / TileRows * TileRows;
}
