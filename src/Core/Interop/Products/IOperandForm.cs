namespace MoELab.Interop.Products;

/// <summary>How a register tile walks through its left operand, whose panels lie as the data was made.</summary>
internal interface IOperandForm
{
    /// <summary>Floats from one row of the tile to the next.</summary>
    static abstract int RowStep { get; }

    /// <summary>Floats from one term of the sums to the next.</summary>
    static abstract int DepthStep { get; }
}

/// <summary>The sums run along the operand's rows.</summary>
internal readonly struct AlongRows : IOperandForm
{
    public static int RowStep => PanelSize.Width;
    public static int DepthStep => 1;
}

/// <summary>The sums run down the operand's columns: its transpose, without a copy.</summary>
internal readonly struct DownColumns : IOperandForm
{
    public static int RowStep => 1;
    public static int DepthStep => PanelSize.Width;
}
