namespace MoELab.Errors;

/// <summary>A run that cannot go on although its input was right, such as a full disk.</summary>
public class RunException : MoELabException
{
    /// <summary>Creates the exception.</summary>
    public RunException(string message) : base(message, null) { }

    /// <summary>Creates the exception with its cause.</summary>
    public RunException(string message, Exception inner) : base(message, inner) { }
}
