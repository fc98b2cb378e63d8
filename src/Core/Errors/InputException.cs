namespace MoELab.Errors;

/// <summary>Input that cannot be used: a recipe, an option, a file or a command.</summary>
public class InputException : MoELabException
{
    /// <summary>Creates the exception.</summary>
    public InputException(string message) : base(message, null) { }

    /// <summary>Creates the exception with its cause.</summary>
    public InputException(string message, Exception inner) : base(message, inner) { }
}
