namespace MoELab.Cells;

/// <summary>The variables of the notebook's C# cells, which the other languages read and write.</summary>
internal interface ICellVariables
{
    /// <summary>The names of the variables that cells have declared.</summary>
    IEnumerable<string> Names { get; }

    /// <summary>Gets a variable's value; returns false if there is no such variable.</summary>
    bool Get(string name, out object? value);

    /// <summary>Sets a variable, which C# cells see from the next one on.</summary>
    /// <exception cref="InputException">The name is not a C# identifier.</exception>
    void Set(string name, object? value);
}
