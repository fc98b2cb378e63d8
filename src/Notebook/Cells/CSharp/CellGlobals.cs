namespace MoELab.Cells.CSharp;

/// <summary>Variables that every C# cell sees without declaring them.</summary>
public sealed class CellGlobals
{
    internal CellGlobals(Lab lab) => this.lab = lab;

    /// <summary>The entry point: recipes, runs, plugins and data.</summary>
#pragma warning disable IDE1006, SA1300 // It is a variable of the notebook, and named as one.
    public Lab lab { get; }

    /// <summary>A value being passed from another language.</summary>
    public object? Incoming { get; internal set; }
#pragma warning restore IDE1006, SA1300
}
