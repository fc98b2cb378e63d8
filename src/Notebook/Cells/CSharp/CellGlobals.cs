namespace MoELab.Cells.CSharp;

/// <summary>What every C# cell sees without declaring it.</summary>
public sealed class CellGlobals
{
    internal CellGlobals(Lab lab) => this.lab = lab;

    /// <summary>The front door.</summary>
#pragma warning disable IDE1006, SA1300 // It is a variable of the notebook, and named as one.
    public Lab lab { get; }

    /// <summary>A value on its way from another language.</summary>
    public object? Incoming { get; internal set; }
#pragma warning restore IDE1006, SA1300
}
