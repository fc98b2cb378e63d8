namespace MoELab.Recipes;

/// <summary>Input that cannot be used: the message is one sentence that says what, where and what was expected.</summary>
public class RecipeException : Exception
{
    private const int MostText = 1200;

    /// <summary>Creates the exception.</summary>
    public RecipeException(string message) : base(Bounded(message)) { }

    /// <summary>Creates the exception with its cause.</summary>
    public RecipeException(string message, Exception inner) : base(Bounded(message), inner) { }

    // Sentences quote what they found, which may be a whole file on one line; beginning and end say where and what was expected.
    private static string Bounded(string message) => PlainText.Of(message.Length <= MostText ? message : $"{message[..(MostText * 2 / 3)]} ... {message[^(MostText / 3)..]}");
}
