namespace MoELab.Cells.CSharp;

/// <summary>Thrown if a cell's thread did not stop when it was interrupted.</summary>
internal sealed class UnstoppableException() : Exception("the cell cannot be stopped: it is in native code or in a block that cannot be aborted; "
    + "restart the notebook kernel to end it (runs in processes of their own go on)");
