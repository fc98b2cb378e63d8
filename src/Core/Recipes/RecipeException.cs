namespace MoELab.Recipes;

/// <summary>Input that cannot be used: the message is one sentence that says what, where and what was expected.</summary>
public class RecipeException : Exception
{
    /// <summary>Creates the exception.</summary>
    public RecipeException(string message) : base(message) { }

    /// <summary>Creates the exception with its cause.</summary>
    public RecipeException(string message, Exception inner) : base(message, inner) { }
}
