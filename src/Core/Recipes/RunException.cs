namespace MoELab.Recipes;

/// <summary>A run that cannot go on although its input was right, such as a full disk: the message is one sentence.</summary>
public class RunException : RecipeException
{
    /// <summary>Creates the exception.</summary>
    public RunException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    public RunException(string message, Exception inner) : base(message, inner) { }
}
