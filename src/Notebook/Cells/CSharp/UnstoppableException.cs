namespace MoELab.Cells.CSharp;

/// <summary>A cell's thread did not stop when it was interrupted.</summary>
internal sealed class UnstoppableException : Exception
{
    public UnstoppableException()
        : base("the cell does not stop: it is inside native code or a block that cannot be aborted; restart the kernel to end it (runs in processes of their own go on)")
    {
    }
}
