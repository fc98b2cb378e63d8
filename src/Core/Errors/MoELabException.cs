namespace MoELab.Errors;

/// <summary>An error that a user can act on: the message is one sentence that says what, where and what was expected.</summary>
public abstract class MoELabException : Exception
{
    private const int MostText = 1200;

    /// <summary>Creates the exception, with its cause if there is one.</summary>
    protected MoELabException(string message, Exception? inner) : base(Bounded(message), inner) { }

    /// <summary>Whether it is written without its stack, for hosts that show a person all that an exception writes.</summary>
    internal static bool IsPlain { get; set; }

    /// <inheritdoc/>
    public override string ToString() => IsPlain ? $"{GetType().Name}: {Message}" : base.ToString();

    // Sentences quote what they found, which may be a whole file on one line; beginning and end say where and what was expected.
    private static string Bounded(string message) =>
        PlainText.Of(message.Length <= MostText ? message : $"{message[..(MostText * 2 / 3)]} ... {message[^(MostText / 3)..]}");
}
